/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tells ThreadSanitizer what GLib and GStreamer order. They are not built with it,
 * and GLib's locks are futexes, which it does not know, so that it would take all
 * that a GMutex guards for a race. Loaded ahead of them (run), each function of this
 * file calls theirs, and says to ThreadSanitizer what it means: what a thread did
 * before a release of an address happens before what another does after an acquire
 * of it. What is called within GLib itself does not come by here. */

#include <dlfcn.h>
#include <gst/gst.h>
#include <sanitizer/tsan_interface.h>

/* All of this file is to be found by the others. */
#pragma GCC visibility push (default)

/* The function of that name that is hidden by ours. */
#define REAL(name)                                                             \
  static gpointer found;                                                       \
  __typeof__ (&name) real = g_atomic_pointer_get (&found);                     \
  if (!real) {                                                                 \
    *(void **) &real = dlsym (RTLD_NEXT, #name);                               \
    g_atomic_pointer_set (&found, (gpointer) real);                            \
  }                                                                            \
  (void) 0

#define AFTER(type, name, address, parameters, arguments)                      \
  type name parameters                                                         \
  {                                                                            \
    REAL (name);                                                               \
    real arguments;                                                            \
    __tsan_acquire (address);                                                  \
  }

#define AFTER_RESULT(type, name, address, parameters, arguments)               \
  type name parameters                                                         \
  {                                                                            \
    type result;                                                               \
    REAL (name);                                                               \
    result = real arguments;                                                   \
    if (result)                                                                \
      __tsan_acquire (address);                                                \
    return result;                                                             \
  }

#define BEFORE(name, address, parameters, arguments)                           \
  void name parameters                                                         \
  {                                                                            \
    REAL (name);                                                               \
    __tsan_release (address);                                                  \
    real arguments;                                                            \
  }

/* Whoever lets the last reference go has seen what all others did before. */
#define LET_GO(name, type)                                                     \
  void name (type object)                                                      \
  {                                                                            \
    REAL (name);                                                               \
    __tsan_release ((void *) object);                                          \
    __tsan_acquire ((void *) object);                                          \
    real (object);                                                             \
  }

#define LOCKS(prefix, Type)                                                    \
  AFTER (void, prefix##lock, lock, (Type *lock), (lock))                       \
  AFTER_RESULT (gboolean, prefix##trylock, lock, (Type *lock), (lock))         \
  BEFORE (prefix##unlock, lock, (Type *lock), (lock))

LOCKS (g_mutex_, GMutex)
LOCKS (g_rec_mutex_, GRecMutex)
LOCKS (g_rw_lock_writer_, GRWLock)
LOCKS (g_rw_lock_reader_, GRWLock)

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  REAL (g_cond_wait);
  __tsan_release (mutex);
  real (cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end)
{
  gboolean signalled;

  REAL (g_cond_wait_until);
  __tsan_release (mutex);
  signalled = real (cond, mutex, end);
  __tsan_acquire (mutex);
  return signalled;
}

#undef g_once_init_enter
#undef g_once_init_leave
AFTER_RESULT (gboolean, g_once_init_enter, (void *) location,
    (volatile void *location), (location))
BEFORE (g_once_init_leave, (void *) location,
    (volatile void *location, gsize result), (location, result))

LET_GO (g_object_unref, gpointer)
LET_GO (gst_object_unref, gpointer)
LET_GO (gst_mini_object_unref, GstMiniObject *)
LET_GO (g_bytes_unref, GBytes *)

void
g_atomic_rc_box_release_full (gpointer box, GDestroyNotify clear)
{
  REAL (g_atomic_rc_box_release_full);
  __tsan_release (box);
  __tsan_acquire (box);
  real (box, clear);
}

BEFORE (g_async_queue_push, queue, (GAsyncQueue *queue, gpointer data),
    (queue, data))
AFTER_RESULT (gpointer, g_async_queue_pop, queue, (GAsyncQueue *queue), (queue))
AFTER_RESULT (gpointer, g_async_queue_try_pop, queue, (GAsyncQueue *queue),
    (queue))

AFTER_RESULT (gpointer, g_async_queue_timeout_pop, queue,
    (GAsyncQueue *queue, guint64 timeout), (queue, timeout))

gboolean
gst_bus_post (GstBus *bus, GstMessage *message)
{
  REAL (gst_bus_post);
  __tsan_release (bus);
  return real (bus, message);
}

AFTER_RESULT (GstMessage *, gst_bus_timed_pop_filtered, bus,
    (GstBus *bus, GstClockTime timeout, GstMessageType types),
    (bus, timeout, types))
AFTER_RESULT (GstMessage *, gst_bus_pop_filtered, bus,
    (GstBus *bus, GstMessageType types), (bus, types))
