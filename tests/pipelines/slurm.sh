# SPDX-License-Identifier: LGPL-2.1-or-later
# A Slurm of its own on this machine, to be sourced: start_slurm in an empty folder,
# whose daemons stop_slurm ends. Needs root, and Debian's slurmctld, slurmd,
# slurm-client and munge.
# shellcheck shell=bash

have_slurm () {
  [ "$(id -u)" -eq 0 ] && command -v slurmctld slurmd sbatch munged >/dev/null
}

# two free ports of this machine
free_ports () {
  /usr/bin/python3 -c 'import socket
sockets = [socket.socket() for _ in range(2)]
for one in sockets:
    one.bind(("127.0.0.1", 0))
print(*(one.getsockname()[1] for one in sockets))'
}

start_slurm () {
  local name ports
  name=$(hostname -s)
  slurm=$PWD/slurm
  mkdir -p "$slurm/state" "$slurm/spool"
  read -ra ports < <(free_ports)
  head -c 128 /dev/urandom >"$slurm/key"
  chmod 400 "$slurm/key"
  # It minds that others may write to /tmp.
  munged --force --key-file="$slurm/key" --socket="$slurm/munge" \
    --pid-file="$slurm/munged.pid" --log-file="$slurm/munged.log" \
    --seed-file="$slurm/seed" >"$slurm/out" 2>&1 || return 1
  cat >"$slurm/slurm.conf" <<END
ClusterName=test
SlurmctldHost=$name(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmdPort=${ports[1]}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
AccountingStorageType=accounting_storage/none
NodeName=$name NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=4000
PartitionName=main Nodes=ALL Default=YES
END
  export SLURM_CONF=$slurm/slurm.conf
  slurmctld -c && slurmd || return 1
  for _ in $(seq 100); do
    [ "$(sinfo -h -o %t 2>/dev/null)" = idle ] && return 0
    sleep 0.2
  done
  return 1
}

stop_slurm () {
  local file
  for file in "$slurm"/*.pid; do
    if [ -s "$file" ]; then kill "$(cat "$file")" 2>/dev/null; fi
  done
}
