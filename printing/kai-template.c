/* Reads a printed form's template (docs/templates.md): XML, lengths in millimetres. A template may come from the
 * site, so it is read without network, DTD or entities, within limits, and everything unknown is refused with its line. */
#include "kai-print-private.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <libxml/parser.h>
#include <math.h>

#define LARGEST_FILE (256 * 1024)
#define MOST_ELEMENTS 500
#define MOST_COLUMNS 12
#define LONGEST_ATTRIBUTE 200
#define SMALLEST_SIDE 20.0
#define LARGEST_SIDE 500.0

static const KaiTemplateInfo compiled_in[] = {
  { "notice", N_ ("Payment notice") },
  { "ebill", N_ ("E-bill") },
};

/* Where we are, and the first thing that was wrong. */
typedef struct
{
  const char *file;
  KaiTemplate *template_;
  gboolean has_table;
  GError *error;
} Reader;

G_GNUC_PRINTF (3, 4)
static void
refuse (Reader *reader, const xmlNode *node, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  if (reader->error)
    return;
  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  kai_print_fail (&reader->error, KAI_PRINT_ERROR_TEMPLATE,
                  /* Translators: file name, line number, what is wrong */
                  _ ("The template %s cannot be used, line %ld: %s"), reader->file,
                  xmlGetLineNo (node), what);
}

/* ---- Attributes ---- */

/* NULL when absent; caller frees. */
static char *
get_text (Reader *reader, const xmlNode *node, const char *name)
{
  xmlChar *value = xmlGetNoNsProp (node, BAD_CAST name);
  char *text = g_strdup ((const char *)value);

  xmlFree (value);
  if (text && strlen (text) > LONGEST_ATTRIBUTE)
    refuse (reader, node, _ ("the attribute “%s” is too long."), name);
  return text;
}

/* @fallback NAN: the attribute must be there. */
static double
get_number (Reader *reader, const xmlNode *node, const char *name, double fallback, double min,
            double max)
{
  g_autofree char *text = get_text (reader, node, name);
  char *end = NULL;
  double number;

  if (!text)
    {
      if (isnan (fallback))
        refuse (reader, node, _ ("“%s” needs the attribute “%s”."), node->name, name);
      return isnan (fallback) ? 0 : fallback;
    }
  number = g_ascii_strtod (text, &end);
  if (end == text || *end || !isfinite (number) || number < min || number > max)
    {
      refuse (reader, node, _ ("the attribute “%s” must be a number from %g to %g."), name, min,
              max);
      return min;
    }
  return number;
}

/* The place of the attribute's value in @words; the first of them when it is absent. */
static int
get_word (Reader *reader, const xmlNode *node, const char *name, const char *const *words)
{
  g_autofree char *text = get_text (reader, node, name);
  g_autofree char *all = NULL;

  if (!text)
    return 0;
  for (int i = 0; words[i]; i++)
    if (g_str_equal (words[i], text))
      return i;
  all = g_strjoinv (", ", (char **)words);
  refuse (reader, node, _ ("the attribute “%s” must be one of: %s."), name, all);
  return 0;
}

static char *
get_field (Reader *reader, const xmlNode *node, const char *name, gboolean needed)
{
  g_autofree char *field = get_text (reader, node, name);

  if (field ? !kai_print_field_is_known (field) : needed)
    refuse (reader, node, _ ("there is no field “%s” (docs/templates.md lists them)."),
            field ? field : "");
  return g_steal_pointer (&field);
}

static void
get_color (Reader *reader, const xmlNode *node, KaiElement *element, const char *fallback)
{
  g_autofree char *text = get_text (reader, node, "color");
  const char *color = text ? text : fallback;
  guint rgb = 0;

  if (strlen (color) != 7 || color[0] != '#' || strspn (color + 1, "0123456789abcdefABCDEF") != 6)
    {
      refuse (reader, node, _ ("the attribute “color” must look like #1a2b3c."));
      return;
    }
  rgb = (guint)g_ascii_strtoull (color + 1, NULL, 16);
  element->red = (rgb >> 16 & 0xff) / 255.0;
  element->green = (rgb >> 8 & 0xff) / 255.0;
  element->blue = (rgb & 0xff) / 255.0;
}

static void
check_attributes (Reader *reader, const xmlNode *node, const char *allowed)
{
  g_auto (GStrv) names = g_strsplit (allowed, " ", -1);

  for (const xmlAttr *attribute = node->properties; attribute; attribute = attribute->next)
    if (!g_strv_contains ((const char *const *)names, (const char *)attribute->name))
      refuse (reader, node, _ ("“%s” has no attribute “%s”."), node->name, attribute->name);
}

/* ---- Text with fields: "校验码：{check_code}" ---- */

static void
text_part_free (gpointer data)
{
  KaiTextPart *part = data;

  g_free (part->text);
  g_free (part);
}

static void
add_part (GPtrArray *parts, gboolean is_field, const char *text, gsize length)
{
  KaiTextPart *part;

  if (length == 0)
    return;
  part = g_new0 (KaiTextPart, 1);
  part->is_field = is_field;
  part->text = g_strndup (text, length);
  g_ptr_array_add (parts, part);
}

static GPtrArray *
read_parts (Reader *reader, const xmlNode *node)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (text_part_free);
  xmlChar *content = xmlNodeGetContent (node);
  g_autofree char *text = g_strstrip (g_strdup ((const char *)content));
  const char *p = text;

  xmlFree (content);
  if (strlen (text) > LONGEST_ATTRIBUTE)
    refuse (reader, node, _ ("the text is too long."));
  while (*p)
    {
      const char *open = strchr (p, '{');
      const char *close = open ? strchr (open, '}') : NULL;

      if (!close)
        {
          add_part (parts, FALSE, p, strlen (p));
          break;
        }
      add_part (parts, FALSE, p, open - p);
      add_part (parts, TRUE, open + 1, close - open - 1);
      p = close + 1;
    }
  for (guint i = 0; i < parts->len; i++)
    {
      const KaiTextPart *part = g_ptr_array_index (parts, i);

      if (part->is_field && !kai_print_field_is_known (part->text))
        refuse (reader, node, _ ("there is no field “%s” (docs/templates.md lists them)."),
                part->text);
    }
  return parts;
}

/* ---- Elements ---- */

static void
element_free (gpointer data)
{
  KaiElement *element = data;

  for (guint i = 0; element->columns && i < element->columns->len; i++)
    g_free (g_array_index (element->columns, KaiTableColumn, i).title);
  g_clear_pointer (&element->columns, g_array_unref);
  g_clear_pointer (&element->parts, g_ptr_array_unref);
  g_free (element->when);
  g_free (element->font);
  g_free (element->caption);
  g_free (element);
}

static PangoAlignment
get_align (Reader *reader, const xmlNode *node)
{
  static const char *const words[] = { "left", "center", "right", NULL };
  static const PangoAlignment values[] = { PANGO_ALIGN_LEFT, PANGO_ALIGN_CENTER,
                                           PANGO_ALIGN_RIGHT };

  return values[get_word (reader, node, "align", words)];
}

/* x y w h within the form. */
static void
read_box (Reader *reader, const xmlNode *node, KaiElement *element)
{
  const KaiTemplate *form = reader->template_;

  element->x = get_number (reader, node, "x", NAN, 0, form->width);
  element->y = get_number (reader, node, "y", NAN, 0, form->height);
  element->w = get_number (reader, node, "w", NAN, 0.1, form->width);
  element->h = get_number (reader, node, "h", NAN, 0.1, form->height);
  if (element->x + element->w > form->width + 0.001
      || element->y + element->h > form->height + 0.001)
    refuse (reader, node, _ ("“%s” reaches outside the form."), node->name);
}

static void
read_line (Reader *reader, const xmlNode *node, KaiElement *element)
{
  const KaiTemplate *form = reader->template_;

  check_attributes (reader, node, "x y x2 y2 stroke color pages when");
  element->x = get_number (reader, node, "x", NAN, 0, form->width);
  element->y = get_number (reader, node, "y", NAN, 0, form->height);
  element->w = get_number (reader, node, "x2", element->x, 0, form->width) - element->x;
  element->h = get_number (reader, node, "y2", element->y, 0, form->height) - element->y;
}

static void
read_letters (Reader *reader, const xmlNode *node, KaiElement *element)
{
  static const char *const no_yes[] = { "no", "yes", NULL };
  static const char *const yes_no[] = { "yes", "no", NULL };
  static const char *const valigns[] = { "middle", "top", "bottom", NULL };
  static const double valign_values[] = { 0.5, 0, 1 };

  element->size = get_number (reader, node, "size", 9, 3, 100);
  element->font = get_text (reader, node, "font");
  element->bold = get_word (reader, node, "bold", no_yes) == 1;
  element->wrap = get_word (reader, node, "wrap", yes_no) == 0;
  element->align = get_align (reader, node);
  element->valign = valign_values[get_word (reader, node, "valign", valigns)];
}

static void
read_text (Reader *reader, const xmlNode *node, KaiElement *element)
{
  check_attributes (reader, node, "x y w h size font bold wrap align valign color pages when");
  read_box (reader, node, element);
  read_letters (reader, node, element);
  element->parts = read_parts (reader, node);
}

static void
read_column (Reader *reader, const xmlNode *node, GArray *columns)
{
  KaiTableColumn column = { 0 };
  g_autofree char *word = get_text (reader, node, "column");

  check_attributes (reader, node, "column title w align");
  if (!word || !kai_print_column_parse (word, &column.column))
    refuse (reader, node, _ ("there is no column “%s” (docs/templates.md lists them)."),
            word ? word : "");
  column.title = get_text (reader, node, "title");
  column.w = get_number (reader, node, "w", NAN, 1, LARGEST_SIDE);
  column.align = get_align (reader, node);
  g_array_append_val (columns, column);
}

static void
read_table (Reader *reader, const xmlNode *node, KaiElement *element)
{
  double sum = 0;

  check_attributes (reader, node, "x y w h size font row header stroke color pages when");
  read_box (reader, node, element);
  read_letters (reader, node, element);
  element->row = get_number (reader, node, "row", 6, 2, LARGEST_SIDE);
  element->header = get_number (reader, node, "header", element->row, 2, LARGEST_SIDE);
  element->columns = g_array_new (FALSE, FALSE, sizeof (KaiTableColumn));
  for (const xmlNode *child = node->children; child; child = child->next)
    {
      if (child->type != XML_ELEMENT_NODE)
        continue;
      if (!xmlStrEqual (child->name, BAD_CAST "cell"))
        refuse (reader, child, _ ("“%s” is not known here."), child->name);
      else if (element->columns->len == MOST_COLUMNS)
        refuse (reader, child, _ ("a table has at most %d columns."), MOST_COLUMNS);
      else
        read_column (reader, child, element->columns);
    }
  for (guint i = 0; i < element->columns->len; i++)
    sum += g_array_index (element->columns, KaiTableColumn, i).w;
  if (fabs (sum - element->w) > 0.01)
    refuse (reader, node, _ ("the columns are %g mm wide together, the table is %g mm."), sum,
            element->w);
  if (reader->has_table)
    refuse (reader, node, _ ("a form has at most one table."));
  reader->has_table = TRUE;
  reader->template_->rows_per_page =
      (int)floor ((element->h - element->header) / element->row + 0.001);
  if (reader->template_->rows_per_page < 1)
    refuse (reader, node, _ ("the table has no room for a row."));
}

static void
read_qr (Reader *reader, const xmlNode *node, KaiElement *element)
{
  check_attributes (reader, node, "x y w h field color pages when");
  read_box (reader, node, element);
  element->parts = g_ptr_array_new_with_free_func (text_part_free);
  if (element->w != element->h)
    refuse (reader, node, _ ("a QR code must be as wide as it is high."));
}

static void
read_seal (Reader *reader, const xmlNode *node, KaiElement *element)
{
  static const char *const shapes[] = { "round", "oval", NULL };

  check_attributes (reader, node, "x y w h field shape caption color pages when");
  read_box (reader, node, element);
  element->seal = get_word (reader, node, "shape", shapes);
  element->caption = get_text (reader, node, "caption");
  element->parts = g_ptr_array_new_with_free_func (text_part_free);
  element->alpha = 0.8;
}

static void
read_mark (Reader *reader, const xmlNode *node, KaiElement *element)
{
  check_attributes (reader, node, "x y w h field size font angle color pages when");
  read_box (reader, node, element);
  read_letters (reader, node, element);
  element->bold = TRUE;
  element->angle = get_number (reader, node, "angle", 0, -90, 90);
  element->parts = g_ptr_array_new_with_free_func (text_part_free);
  element->alpha = 0.35;
}

static void
read_rectangle (Reader *reader, const xmlNode *node, KaiElement *element)
{
  check_attributes (reader, node, "x y w h stroke color pages when");
  read_box (reader, node, element);
}

static const struct
{
  const char *name;
  const char *color;
  KaiElementKind kind;
  void (*read) (Reader *, const xmlNode *, KaiElement *);
} kinds[] = {
  { "line", "#000000", KAI_ELEMENT_LINE, read_line },
  { "box", "#000000", KAI_ELEMENT_BOX, read_rectangle },
  { "text", "#000000", KAI_ELEMENT_TEXT, read_text },
  { "table", "#000000", KAI_ELEMENT_TABLE, read_table },
  { "qr", "#000000", KAI_ELEMENT_QR, read_qr },
  { "seal", "#d8000f", KAI_ELEMENT_SEAL, read_seal },
  { "mark", "#d8000f", KAI_ELEMENT_MARK, read_mark },
};

static void
read_element (Reader *reader, const xmlNode *node)
{
  static const char *const pages[] = { "all", "first", "last", "not-last", NULL };
  KaiElement *element;
  guint i = 0;

  while (i < G_N_ELEMENTS (kinds) && !xmlStrEqual (node->name, BAD_CAST kinds[i].name))
    i++;
  if (i == G_N_ELEMENTS (kinds))
    {
      refuse (reader, node, _ ("“%s” is not known here."), node->name);
      return;
    }
  if (reader->template_->elements->len == MOST_ELEMENTS)
    {
      refuse (reader, node, _ ("a template has at most %d elements."), MOST_ELEMENTS);
      return;
    }

  element = g_new0 (KaiElement, 1);
  g_ptr_array_add (reader->template_->elements, element);
  element->kind = kinds[i].kind;
  element->alpha = 1;
  element->stroke = get_number (reader, node, "stroke", 0.2, 0.01, 10);
  element->pages = get_word (reader, node, "pages", pages);
  element->when = get_field (reader, node, "when", FALSE);
  get_color (reader, node, element, kinds[i].color);
  kinds[i].read (reader, node, element);
  /* QR codes, seals and marks show one field. */
  if (element->parts && element->kind != KAI_ELEMENT_TEXT)
    {
      g_autofree char *field = get_field (reader, node, "field", TRUE);

      add_part (element->parts, TRUE, field, field ? strlen (field) : 0);
    }
}

static void
read_root (Reader *reader, const xmlNode *root)
{
  if (!root || !xmlStrEqual (root->name, BAD_CAST "template"))
    {
      refuse (reader, root, _ ("the root element must be “template”."));
      return;
    }
  check_attributes (reader, root, "title width height");
  reader->template_->title = get_text (reader, root, "title");
  reader->template_->width = get_number (reader, root, "width", NAN, SMALLEST_SIDE, LARGEST_SIDE);
  reader->template_->height = get_number (reader, root, "height", NAN, SMALLEST_SIDE, LARGEST_SIDE);
  for (const xmlNode *node = root->children; node && !reader->error; node = node->next)
    if (node->type == XML_ELEMENT_NODE)
      read_element (reader, node);
}

static xmlDoc *
parse_xml (Reader *reader, const char *xml, gsize length)
{
  xmlParserCtxt *context = xmlNewParserCtxt ();
  xmlDoc *doc;
  const xmlError *problem;

  g_assert (context);
  doc = xmlCtxtReadMemory (context, xml, (int)length, reader->file, NULL,
                           XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  problem = xmlCtxtGetLastError (context);
  if (!doc || problem)
    {
      g_autofree char *what =
          g_strchomp (g_strdup (problem && problem->message ? problem->message : "?"));

      kai_print_fail (
          &reader->error, KAI_PRINT_ERROR_TEMPLATE,
          _ ("The template %s cannot be used, line %d: it is not well-formed XML (%s)."),
          reader->file, problem ? problem->line : 0, what);
    }
  else if (xmlGetIntSubset (doc))
    refuse (reader, (const xmlNode *)xmlGetIntSubset (doc),
            _ ("a document type declaration is not allowed."));
  xmlFreeParserCtxt (context);
  return doc;
}

KaiTemplate *
kai_template_parse (const char *name, const char *xml, gsize length, GError **error)
{
  g_autoptr (KaiTemplate) self = g_new0 (KaiTemplate, 1);
  Reader reader = { .file = name, .template_ = self };
  xmlDoc *doc;

  self->elements = g_ptr_array_new_with_free_func (element_free);
  if (length > LARGEST_FILE)
    {
      kai_print_fail (error, KAI_PRINT_ERROR_TEMPLATE,
                      _ ("The template %s is larger than %d KB and is not read."), name,
                      LARGEST_FILE / 1024);
      return NULL;
    }
  doc = parse_xml (&reader, xml, length);
  if (!reader.error)
    read_root (&reader, xmlDocGetRootElement (doc));
  xmlFreeDoc (doc);
  if (reader.error)
    {
      g_propagate_error (error, reader.error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
kai_template_free (KaiTemplate *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->elements);
  g_free (self->title);
  g_free (self);
}

/* ---- Where templates come from ---- */

const KaiTemplateInfo *
kai_template_list (guint *n)
{
  *n = G_N_ELEMENTS (compiled_in);
  return compiled_in;
}

static GBytes *
load_file (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = NULL;
  g_autoptr (GError) local = NULL;
  GBytes *bytes = NULL;

  stream = g_file_read (file, NULL, &local);
  /* One byte more than is allowed, so that a huge file is seen as one without being read. */
  if (stream)
    bytes = g_input_stream_read_bytes (G_INPUT_STREAM (stream), LARGEST_FILE + 1, NULL, &local);
  if (!bytes)
    kai_print_fail (error, KAI_PRINT_ERROR_NO_TEMPLATE, _ ("The template %s cannot be read: %s."),
                    path, local->message);
  return bytes;
}

KaiTemplate *
kai_template_load (const char *name, GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  const char *xml;
  gsize length;

  for (guint i = 0; i < G_N_ELEMENTS (compiled_in) && !bytes; i++)
    if (g_str_equal (name, compiled_in[i].name))
      {
        g_autofree char *path = g_strdup_printf ("/cn/kaipiao/printing/templates/%s.xml", name);

        bytes = g_resources_lookup_data (path, 0, error);
        if (!bytes)
          return NULL;
      }
  if (!bytes && !strchr (name, G_DIR_SEPARATOR))
    {
      kai_print_fail (error, KAI_PRINT_ERROR_NO_TEMPLATE,
                      _ ("There is no template “%s”. Give the name of one that comes with the "
                         "program, or the path of a file."),
                      name);
      return NULL;
    }
  if (!bytes)
    bytes = load_file (name, error);
  if (!bytes)
    return NULL;
  xml = g_bytes_get_data (bytes, &length);
  return kai_template_parse (name, xml, length, error);
}

const char *
kai_template_get_title (const KaiTemplate *self)
{
  /* gettext would answer the empty string with the catalogue's header. */
  return self->title && *self->title ? _ (self->title) : "";
}

double
kai_template_get_width (const KaiTemplate *self)
{
  return self->width;
}

double
kai_template_get_height (const KaiTemplate *self)
{
  return self->height;
}
