/* A row that wraps. Only the sizes are its own: children, focus and accessibility are those of the box. */
#include "widgets/kai-wrap-box.h"

struct _KaiWrapBox
{
  GtkBox parent_instance;
};

G_DEFINE_FINAL_TYPE (KaiWrapBox, kai_wrap_box, GTK_TYPE_BOX)

typedef struct
{
  GtkWidget *widget;
  GtkPackType pack;
  gboolean expand;
  int min, natural, width;
} Child;

/* From @first up to, but without, @end. */
typedef struct
{
  guint first, end;
  int height;
} Line;

/* Padding and border of the theme. */
static GtkBorder
get_frame (GtkWidget *widget)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GtkStateFlags state = gtk_style_context_get_state (style);
  GtkBorder padding, border;

  gtk_style_context_get_padding (style, state, &padding);
  gtk_style_context_get_border (style, state, &border);
  padding.left += border.left;
  padding.right += border.right;
  padding.top += border.top;
  padding.bottom += border.bottom;
  return padding;
}

/* Those that are shown, as they stand from the start to the end: what is packed at the end comes last, and its first one outermost.
 * Caller frees. */
static GArray *
list_children (KaiWrapBox *self)
{
  GArray *children = g_array_new (FALSE, FALSE, sizeof (Child));
  g_autoptr (GList) list = gtk_container_get_children (GTK_CONTAINER (self));
  guint n_start = 0;

  for (GList *at = list; at; at = at->next)
    {
      Child child = { .widget = at->data };
      gboolean expand, fill;
      guint padding;

      if (!gtk_widget_get_visible (child.widget))
        continue;
      gtk_box_query_child_packing (GTK_BOX (self), child.widget, &expand, &fill, &padding,
                                   &child.pack);
      child.expand = expand || gtk_widget_compute_expand (child.widget, GTK_ORIENTATION_HORIZONTAL);
      gtk_widget_get_preferred_width (child.widget, &child.min, &child.natural);
      if (child.pack == GTK_PACK_START)
        g_array_insert_val (children, n_start++, child);
      else
        g_array_insert_val (children, n_start, child);
    }
  return children;
}

/* A child is as wide as it likes to be, but never wider than the line. */
static void
share_width (KaiWrapBox *self, GArray *children, const Line *line, int width)
{
  Child *child = &g_array_index (children, Child, 0);
  int rest = width - gtk_box_get_spacing (GTK_BOX (self)) * (int)(line->end - line->first - 1);
  int n_expanding = 0;

  for (guint i = line->first; i < line->end; i++)
    {
      child[i].width = CLAMP (child[i].natural, child[i].min, MAX (child[i].min, width));
      rest -= child[i].width;
      n_expanding += child[i].expand;
    }
  for (guint i = line->first; i < line->end && rest > 0 && n_expanding > 0; i++)
    if (child[i].expand)
      {
        int share = rest / n_expanding--;

        child[i].width += share;
        rest -= share;
      }
}

/* What a child needs to stand in a line with others: one that takes whatever is left may be as narrow as it can. */
static int
get_wish (const Child *child)
{
  return child->expand ? child->min : child->natural;
}

/* Those that expand are short of their wish where the line is full. */
static void
shrink_to_fit (GArray *children, const Line *line, int too_much)
{
  Child *child = &g_array_index (children, Child, 0);

  for (guint i = line->first; i < line->end && too_much > 0; i++)
    if (child[i].expand)
      {
        int give = MIN (too_much, child[i].width - child[i].min);

        child[i].width -= give;
        too_much -= give;
      }
}

/* Caller frees. */
static GArray *
break_lines (KaiWrapBox *self, GArray *children, int width)
{
  GArray *lines = g_array_new (FALSE, FALSE, sizeof (Line));
  const int spacing = gtk_box_get_spacing (GTK_BOX (self));
  const Child *child = &g_array_index (children, Child, 0);

  for (guint i = 0; i < children->len;)
    {
      Line line = { .first = i, .end = i + 1 };
      int used = get_wish (&child[i]), total;

      for (; line.end < children->len && used + spacing + get_wish (&child[line.end]) <= width;
           line.end++)
        used += spacing + get_wish (&child[line.end]);
      share_width (self, children, &line, width);
      total = spacing * (int)(line.end - line.first - 1);
      for (guint k = line.first; k < line.end; k++)
        total += child[k].width;
      shrink_to_fit (children, &line, total - width);
      for (guint k = line.first; k < line.end; k++)
        {
          int min;

          gtk_widget_get_preferred_height_for_width (child[k].widget, child[k].width, &min, NULL);
          line.height = MAX (line.height, min);
        }
      g_array_append_val (lines, line);
      i = line.end;
    }
  return lines;
}

static GtkSizeRequestMode
kai_wrap_box_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
kai_wrap_box_get_preferred_width (GtkWidget *widget, int *min, int *natural)
{
  KaiWrapBox *self = KAI_WRAP_BOX (widget);
  g_autoptr (GArray) children = list_children (self);
  const GtkBorder frame = get_frame (widget);

  *min = *natural = 0;
  for (guint i = 0; i < children->len; i++)
    {
      const Child *child = &g_array_index (children, Child, i);

      *min = MAX (*min, child->min);
      *natural += child->natural + (i > 0 ? gtk_box_get_spacing (GTK_BOX (self)) : 0);
    }
  *min += frame.left + frame.right;
  *natural += frame.left + frame.right;
}

/* Never less wide for being higher: the height follows from the width only. */
static void
kai_wrap_box_get_preferred_width_for_height (GtkWidget *widget, int height, int *min, int *natural)
{
  kai_wrap_box_get_preferred_width (widget, min, natural);
}

static void
kai_wrap_box_get_preferred_height_for_width (GtkWidget *widget, int width, int *min, int *natural)
{
  KaiWrapBox *self = KAI_WRAP_BOX (widget);
  g_autoptr (GArray) children = list_children (self);
  const GtkBorder frame = get_frame (widget);
  g_autoptr (GArray) lines = break_lines (self, children, width - frame.left - frame.right);

  *min = frame.top + frame.bottom;
  for (guint i = 0; i < lines->len; i++)
    *min +=
        g_array_index (lines, Line, i).height + (i > 0 ? gtk_box_get_spacing (GTK_BOX (self)) : 0);
  *natural = *min;
}

static void
kai_wrap_box_get_preferred_height (GtkWidget *widget, int *min, int *natural)
{
  int width;

  gtk_widget_get_preferred_width (widget, NULL, &width);
  kai_wrap_box_get_preferred_height_for_width (widget, width, min, natural);
}

/* @left_over: what the line does not need; it lies before the first child that is packed at the end. */
static void
place_line (KaiWrapBox *self, GArray *children, const Line *line, GtkAllocation whole, int y,
            int left_over)
{
  gboolean is_backwards = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  gboolean moved = FALSE;
  int x = 0;

  for (guint i = line->first; i < line->end; i++)
    {
      const Child *child = &g_array_index (children, Child, i);
      GtkAllocation place = { .y = y, .width = child->width, .height = line->height };

      if (child->pack == GTK_PACK_END && !moved)
        {
          x += left_over;
          moved = TRUE;
        }
      place.x = whole.x + (is_backwards ? whole.width - x - child->width : x);
      gtk_widget_size_allocate (child->widget, &place);
      x += child->width + gtk_box_get_spacing (GTK_BOX (self));
    }
}

static void
kai_wrap_box_size_allocate (GtkWidget *widget, GtkAllocation *allocation)
{
  KaiWrapBox *self = KAI_WRAP_BOX (widget);
  g_autoptr (GArray) children = list_children (self);
  const GtkBorder frame = get_frame (widget);
  const GtkAllocation inside = { allocation->x + frame.left, allocation->y + frame.top,
                                 allocation->width - frame.left - frame.right,
                                 allocation->height - frame.top - frame.bottom };
  g_autoptr (GArray) lines = break_lines (self, children, inside.width);
  const int spacing = gtk_box_get_spacing (GTK_BOX (self));
  int y = inside.y;

  gtk_widget_set_allocation (widget, allocation);
  for (guint i = 0; i < lines->len; i++)
    {
      Line line = g_array_index (lines, Line, i);
      int left_over = inside.width - spacing * (int)(line.end - line.first - 1);

      for (guint k = line.first; k < line.end; k++)
        left_over -= g_array_index (children, Child, k).width;
      if (lines->len == 1)
        line.height = inside.height;
      else
        left_over = 0; /* what is packed at the end goes on like the others */
      place_line (self, children, &line, inside, y, MAX (left_over, 0));
      y += line.height + spacing;
    }
}

static gboolean
kai_wrap_box_draw (GtkWidget *widget, cairo_t *cr)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  const int width = gtk_widget_get_allocated_width (widget);
  const int height = gtk_widget_get_allocated_height (widget);

  gtk_render_background (style, cr, 0, 0, width, height);
  gtk_render_frame (style, cr, 0, 0, width, height);
  /* The box would draw itself with the size that it would have given to itself. */
  return GTK_WIDGET_CLASS (g_type_class_peek (GTK_TYPE_CONTAINER))->draw (widget, cr);
}

static void
kai_wrap_box_class_init (KaiWrapBoxClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->get_request_mode = kai_wrap_box_get_request_mode;
  widget_class->get_preferred_width = kai_wrap_box_get_preferred_width;
  widget_class->get_preferred_height = kai_wrap_box_get_preferred_height;
  widget_class->get_preferred_width_for_height = kai_wrap_box_get_preferred_width_for_height;
  widget_class->get_preferred_height_for_width = kai_wrap_box_get_preferred_height_for_width;
  widget_class->draw = kai_wrap_box_draw;
  widget_class->size_allocate = kai_wrap_box_size_allocate;
}

static void
kai_wrap_box_init (KaiWrapBox *self)
{
}
