/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report-chart.h"

#include <math.h>
#include <string.h>

/* In the SVG's own units; the style sheet scales it to the page. */
#define WIDTH 720.
#define HEIGHT 380.
#define LEFT 68.
#define RIGHT 16.
#define TOP 14.
#define BOTTOM 52.
#define LEGEND_LINE 20.
#define CHAR_WIDTH 6.6
#define MARKER_DISTANCE 9.
#define N_STYLES 8

/* Where data goes: x0..x1 of the data to left..right of the drawing. */
typedef struct
{
  double x0, x1, y0, y1;
  double left, right, top, bottom;
  gboolean log_x;
} Frame;

SnnSeries *
snn_series_new (const gchar *label)
{
  SnnSeries *series = g_new0 (SnnSeries, 1);

  series->label = g_strdup (label);
  series->points = g_array_new (FALSE, TRUE, sizeof (SnnPoint));
  return series;
}

void
snn_series_free (SnnSeries *series)
{
  g_free (series->label);
  g_array_unref (series->points);
  g_free (series);
}

GPtrArray *
snn_series_list_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) snn_series_free);
}

double
snn_tick_step (double span, guint n)
{
  double raw, power;

  if (!(span > 0.))
    return 1.;
  raw = span / n;
  power = pow (10., floor (log10 (raw)));
  for (guint i = 0; i < 3; i++) {
    static const double factors[] = { 1., 2., 5. };

    if (raw <= factors[i] * power * (1. + 1e-9))
      return factors[i] * power;
  }
  return 10. * power;
}

static void
append_escaped (GString *html, const gchar *text)
{
  g_autofree gchar *escaped = g_markup_escape_text (text, -1);

  g_string_append (html, escaped);
}

static double
place_x (const Frame *frame, double x)
{
  double share = frame->log_x
      ? log (x / frame->x0) / log (frame->x1 / frame->x0)
      : (x - frame->x0) / (frame->x1 - frame->x0);

  return frame->left + share * (frame->right - frame->left);
}

static double
place_y (const Frame *frame, double y)
{
  return frame->bottom - (y - frame->y0) / (frame->y1 - frame->y0)
      * (frame->bottom - frame->top);
}

static gboolean
is_shown (const SnnChart *chart, const SnnPoint *point)
{
  return isfinite (point->x) && isfinite (point->y)
      && !(chart->log_x && point->x <= 0.);
}

/* The range of the data, widened to whole ticks. */
static void
fit_y (Frame *frame, double low, double high, gboolean unit)
{
  double step;

  if (!(low <= high)) {
    low = 0.;
    high = 1.;
  }
  if (unit && low < 0.5 * high)
    low = 0.;
  if (high - low < 1e-6) {
    low -= 0.05;
    high += 0.05;
  }
  step = snn_tick_step (high - low, 5);
  frame->y0 = floor (low / step + 1e-9) * step;
  frame->y1 = ceil (high / step - 1e-9) * step;
  if (unit) {
    frame->y0 = MAX (frame->y0, 0.);
    frame->y1 = MIN (frame->y1, 1.);
  }
}

static void
fit (Frame *frame, const SnnChart *chart)
{
  double low = chart->reference, high = chart->reference;

  frame->x0 = INFINITY;
  frame->x1 = -INFINITY;
  for (guint i = 0; i < chart->series->len; i++) {
    const SnnSeries *series = g_ptr_array_index (chart->series, i);

    for (guint j = 0; j < series->points->len; j++) {
      const SnnPoint *point = &g_array_index (series->points, SnnPoint, j);
      double error = point->error > 0. ? point->error : 0.;

      if (!is_shown (chart, point))
        continue;
      frame->x0 = MIN (frame->x0, point->x);
      frame->x1 = MAX (frame->x1, point->x);
      low = fmin (low, point->y - error);
      high = fmax (high, point->y + error);
    }
  }
  if (!(frame->x0 <= frame->x1))
    frame->x0 = frame->x1 = 1.;
  if (chart->log_x) {
    frame->x0 /= frame->x0 == frame->x1 ? 2. : 1.08;
    frame->x1 *= frame->x0 * 2. >= frame->x1 ? 2. : 1.08;
  } else {
    double margin = frame->x0 == frame->x1 ? 0.5
        : 0.03 * (frame->x1 - frame->x0);

    frame->x0 -= margin;
    frame->x1 += margin;
  }
  fit_y (frame, low, high, chart->unit_y);
}

static void
draw_y_axis (GString *html, const Frame *frame, const gchar *label)
{
  double step = snn_tick_step (frame->y1 - frame->y0, 5);

  g_string_append (html, "<g class=\"axis\">");
  for (double y = ceil (frame->y0 / step - 1e-9) * step;
      y <= frame->y1 + step * 1e-9; y += step) {
    double at = place_y (frame, y);

    g_string_append_printf (html, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>"
        "<text class=\"end\" x=\"%.1f\" y=\"%.1f\">%g</text>", frame->left, at,
        frame->right, frame->left - 8., at + 4., fabs (y) < step * 1e-6 ? 0. : y);
  }
  g_string_append_printf (html, "<path d=\"M%.1f %.1fV%.1fH%.1f\"/>"
      "<text class=\"middle\" transform=\"translate(16 %.1f) rotate(-90)\">",
      frame->left, frame->top, frame->bottom, frame->right,
      (frame->top + frame->bottom) / 2.);
  append_escaped (html, label);
  g_string_append (html, "</text></g>\n");
}

static void
draw_x_tick (GString *html, const Frame *frame, double x, gboolean named)
{
  double at = place_x (frame, x);

  g_string_append_printf (html, "<path d=\"M%.1f %.1fv%d\"/>", at,
      frame->bottom, named ? 6 : 3);
  if (named)
    g_string_append_printf (html,
        "<text class=\"middle\" x=\"%.1f\" y=\"%.1f\">%g</text>", at,
        frame->bottom + 20., x);
}

/* At 1, 2 and 5 times the powers of ten, all named if there is room. */
static void
draw_log_ticks (GString *html, const Frame *frame)
{
  double decades = log10 (frame->x1 / frame->x0);

  for (gint power = (gint) floor (log10 (frame->x0));
      power <= (gint) ceil (log10 (frame->x1)); power++)
    for (gint factor = 1; factor < 10; factor++) {
      double x = factor * pow (10., power);

      if (x >= frame->x0 && x <= frame->x1)
        draw_x_tick (html, frame, x, factor == 1
            || (decades < 4. && (factor == 2 || factor == 5)));
    }
}

static void
draw_x_axis (GString *html, const Frame *frame, const gchar *label)
{
  double step = snn_tick_step (frame->x1 - frame->x0, 8);

  g_string_append (html, "<g class=\"axis\">");
  if (frame->log_x)
    draw_log_ticks (html, frame);
  else
    for (double x = ceil (frame->x0 / step) * step; x <= frame->x1; x += step)
      draw_x_tick (html, frame, fabs (x) < step * 1e-6 ? 0. : x, TRUE);
  g_string_append_printf (html,
      "<text class=\"middle\" x=\"%.1f\" y=\"%.1f\">",
      (frame->left + frame->right) / 2., frame->bottom + 42.);
  append_escaped (html, label);
  g_string_append (html, "</text></g>\n");
}

/* The marker of series number @style, around the point. */
static void
draw_marker (GString *html, guint style, double x, double y)
{
  static const gchar *shapes[N_STYLES] = {
    "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",     /* disc */
    "m-3.6 -3.6h7.2v7.2h-7.2z", /* square */
    "m0 -4.8l4.6 8h-9.2z",      /* triangle */
    "m0 -5l5 5l-5 5l-5 -5z",    /* diamond */
    "m0 4.8l4.6 -8h-9.2z",      /* triangle, upside down */
    "m-4 -4l8 8m0 -8l-8 8",     /* cross */
    "m-5 0h10m-5 -5v10",        /* plus */
    "m-5 0h10m-7.5 -4.3l5 8.6m0 -8.6l-5 8.6",   /* star */
  };

  g_string_append_printf (html, "<path class=\"m\" d=\"M%.1f %.1f%s\"/>", x, y,
      shapes[style % N_STYLES]);
}

static void
draw_error_bar (GString *html, const Frame *frame, const SnnPoint *point)
{
  double x = place_x (frame, point->x);
  double low = place_y (frame, MAX (point->y - point->error, frame->y0));
  double high = place_y (frame, MIN (point->y + point->error, frame->y1));

  g_string_append_printf (html,
      "<path class=\"e\" d=\"M%.1f %.1fV%.1fm-3 0h6M%.1f %.1fh6\"/>",
      x, low, high, x - 3., low);
}

static void
draw_series (GString *html, const Frame *frame, const SnnChart *chart,
    guint index)
{
  const SnnSeries *series = g_ptr_array_index (chart->series, index);
  double marked = -INFINITY;
  gchar command = 'M';

  g_string_append_printf (html, "<g class=\"s%u\"><path class=\"l\" d=\"",
      index % N_STYLES);
  for (guint i = 0; i < series->points->len; i++) {
    const SnnPoint *point = &g_array_index (series->points, SnnPoint, i);

    if (!is_shown (chart, point))
      continue;
    g_string_append_printf (html, "%c%.1f %.1f", command,
        place_x (frame, point->x), place_y (frame, point->y));
    command = 'L';
  }
  g_string_append (html, "\"/>");
  for (guint i = 0; i < series->points->len; i++) {
    const SnnPoint *point = &g_array_index (series->points, SnnPoint, i);

    /* Crowded markers would hide each other and the line. */
    if (!is_shown (chart, point)
        || place_x (frame, point->x) - marked < MARKER_DISTANCE)
      continue;
    marked = place_x (frame, point->x);
    if (point->error > 0.)
      draw_error_bar (html, frame, point);
    draw_marker (html, index, marked, place_y (frame, point->y));
  }
  g_string_append (html, "</g>\n");
}

static void
draw_reference (GString *html, const Frame *frame, const SnnChart *chart)
{
  double y = place_y (frame, chart->reference);

  g_string_append_printf (html, "<g class=\"reference\"><path d=\"M%.1f %.1f"
      "H%.1f\"/><text class=\"end\" x=\"%.1f\" y=\"%.1f\">", frame->left, y,
      frame->right, frame->right - 2., y - 5.);
  append_escaped (html, chart->reference_label);
  g_string_append (html, "</text></g>\n");
}

/* Places the legend's entries in lines; draws them where @html is set. Returns
 * the number of lines. */
static guint
lay_legend (GString *html, GPtrArray *series, gboolean bars, double top)
{
  double x = LEFT;
  guint line = 0;

  for (guint i = 0; i < series->len; i++) {
    const SnnSeries *entry = g_ptr_array_index (series, i);
    double width = 54. + CHAR_WIDTH * g_utf8_strlen (entry->label, -1);
    double y = top + line * LEGEND_LINE;

    if (x > LEFT && x + width > WIDTH - RIGHT) {
      x = LEFT;
      line++;
      y += LEGEND_LINE;
    }
    if (html) {
      g_string_append_printf (html, "<g class=\"s%u\">", i % N_STYLES);
      if (bars) {
        g_string_append_printf (html, "<rect class=\"b\" x=\"%.1f\" "
            "y=\"%.1f\" width=\"24\" height=\"11\"/>", x, y - 6.);
      } else {
        g_string_append_printf (html,
            "<path class=\"l\" d=\"M%.1f %.1fh30\"/>", x, y);
        draw_marker (html, i, x + 15., y);
      }
      g_string_append_printf (html, "<text x=\"%.1f\" y=\"%.1f\">", x + 36.,
          y + 4.);
      append_escaped (html, entry->label);
      g_string_append (html, "</text></g>\n");
    }
    x += width;
  }
  return series->len ? line + 1 : 0;
}

gchar *
snn_chart_name (const gchar *title)
{
  GString *name = g_string_new (NULL);

  for (const gchar * c = title; *c; c++)
    if (g_ascii_isalnum (*c))
      g_string_append_c (name, g_ascii_tolower (*c));
    else if (name->len && name->str[name->len - 1] != '-')
      g_string_append_c (name, '-');
  if (g_str_has_suffix (name->str, "-"))
    g_string_truncate (name, name->len - 1);
  return g_string_free (name, FALSE);
}

static void
begin_svg (GString *html, double height, const gchar *title, const gchar *text)
{
  g_autofree gchar *name = snn_chart_name (title);

  g_string_append_printf (html, "<svg class=\"chart\" viewBox=\"0 0 %g %g\" "
      "role=\"img\" aria-labelledby=\"%s-title %s-text\">"
      "<title id=\"%s-title\">", WIDTH, height, name, name, name);
  append_escaped (html, title);
  g_string_append_printf (html, "</title><desc id=\"%s-text\">", name);
  append_escaped (html, text);
  g_string_append (html, "</desc>\n");
}

void
snn_chart_svg (GString *html, const SnnChart *chart, const gchar *title,
    const gchar *text)
{
  Frame frame = { .left = LEFT, .right = WIDTH - RIGHT, .top = TOP,
    .bottom = HEIGHT - BOTTOM, .log_x = chart->log_x
  };
  guint lines = lay_legend (NULL, chart->series, FALSE, 0.);

  fit (&frame, chart);
  begin_svg (html, HEIGHT + lines * LEGEND_LINE, title, text);
  draw_y_axis (html, &frame, chart->y_label);
  draw_x_axis (html, &frame, chart->x_label);
  if (isfinite (chart->reference))
    draw_reference (html, &frame, chart);
  for (guint i = 0; i < chart->series->len; i++)
    draw_series (html, &frame, chart, i);
  lay_legend (html, chart->series, FALSE, HEIGHT + 8.);
  g_string_append (html, "</svg>\n");
}

/* A group's name below its bars, in lines. */
static void
draw_group_name (GString *html, const gchar *name, double x, double y)
{
  g_auto (GStrv) lines = g_strsplit (name, "\n", -1);

  for (guint i = 0; lines[i]; i++) {
    g_string_append_printf (html,
        "<text class=\"middle small\" x=\"%.1f\" y=\"%.1f\">", x, y + 14. * i);
    append_escaped (html, lines[i]);
    g_string_append (html, "</text>");
  }
}

void
snn_bars_svg (GString *html, const SnnBars *bars, const gchar *title,
    const gchar *text)
{
  Frame frame = { .x1 = MAX (bars->groups->len, 1), .left = LEFT,
    .right = WIDTH - RIGHT, .top = TOP, .bottom = HEIGHT - BOTTOM
  };
  guint lines = lay_legend (NULL, bars->series, TRUE, 0.);
  double group = (frame.right - frame.left) / frame.x1;
  double width = MIN (0.8 * group / MAX (bars->series->len, 1), 48.);
  double high = 0.;

  for (guint i = 0; i < bars->series->len; i++) {
    const SnnSeries *series = g_ptr_array_index (bars->series, i);

    for (guint j = 0; j < series->points->len; j++) {
      const SnnPoint *point = &g_array_index (series->points, SnnPoint, j);

      high = fmax (high, point->y + (point->error > 0. ? point->error : 0.));
    }
  }
  fit_y (&frame, 0., high, FALSE);
  begin_svg (html, HEIGHT + lines * LEGEND_LINE, title, text);
  draw_y_axis (html, &frame, bars->y_label);
  for (guint i = 0; i < bars->groups->len; i++)
    draw_group_name (html, g_ptr_array_index (bars->groups, i),
        frame.left + group * (i + 0.5), frame.bottom + 16.);
  for (guint i = 0; i < bars->series->len; i++) {
    const SnnSeries *series = g_ptr_array_index (bars->series, i);

    g_string_append_printf (html, "<g class=\"s%u\">", i % N_STYLES);
    for (guint j = 0; j < series->points->len; j++) {
      SnnPoint point = g_array_index (series->points, SnnPoint, j);
      double middle = group * (j + 0.5)
          + width * (i + 0.5 - bars->series->len / 2.);

      if (!isfinite (point.y))
        continue;
      g_string_append_printf (html, "<rect class=\"b\" x=\"%.1f\" y=\"%.1f\" "
          "width=\"%.1f\" height=\"%.1f\"/>", frame.left + middle - width / 2.,
          place_y (&frame, point.y), width,
          frame.bottom - place_y (&frame, point.y));
      point.x = middle / group;
      if (point.error > 0.)
        draw_error_bar (html, &frame, &point);
    }
    g_string_append (html, "</g>\n");
  }
  lay_legend (html, bars->series, TRUE, HEIGHT + 8.);
  g_string_append (html, "</svg>\n");
}
