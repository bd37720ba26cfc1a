/* The catalogue as a document for people who connect another program: docs/messages.md is what this writes. */
#include "messages/kai-message-schema.h"

#include "messages/kai-catalogue-private.h"

static const char *const type_names[] = { "String",   "NString",     "GBString", "Currency",
                                          "Integer",  "Decimal",     "Date",     "Time",
                                          "DateTime", "UTCDateTime", "node" };

static void
append_length (GString *out, const KaiFieldSpec *field)
{
  if (field->min < 0 && field->max < 0)
    return;
  if (field->min == field->max)
    g_string_append_printf (out, "%d", field->max);
  else
    g_string_append_printf (out, "%d–%d", MAX (field->min, 0), field->max);
}

/* A bar would end the cell. */
static void
append_cell (GString *out, const char *text)
{
  for (const char *p = text; *p; p++)
    {
      if (*p == '|')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *p);
    }
}

static void
append_field (GString *out, const KaiFieldSpec *field)
{
  g_string_append_printf (out, "| `%s%s%s` | ", field->path, *field->path ? "/" : "", field->tag);
  append_cell (out, field->name_zh);
  g_string_append_printf (out, " | %s | ", type_names[field->type]);
  append_length (out, field);
  g_string_append_printf (out, " | %s | ",
                          field->presence == 'C'   ? "*M"
                          : field->presence == 'M' ? "M"
                                                   : "O");
  append_cell (out, field->note);
  g_string_append (out, " |\n");
}

static void
append_message (GString *out, const char *title, const KaiMessageSpec *spec)
{
  g_string_append_printf (out,
                          "\n## %s\n| field | name | type | length | presence | note |\n"
                          "| --- | --- | --- | --- | --- | --- |\n",
                          title);
  for (guint i = 0; i < spec->fields->len; i++)
    append_field (out, spec->fields->pdata[i]);
}

char *
kai_message_reference (const KaiCatalogue *catalogue)
{
  g_auto (GStrv) numbers = kai_catalogue_list (catalogue);
  GString *out = g_string_new (
      "# The messages, field by field\n\n"
      "Written by `kaipiaoctl protocol reference` from the catalogue; do not edit. How messages "
      "are "
      "made, the types\nand what presence means stand in [protocol.md](protocol.md). Lengths count "
      "bytes in GBK; without a length\nthe type says it all. A path such as `UnitList/Unit/Code` "
      "names a field of each `Unit` in `UnitList`.\n");

  append_message (out, "HEAD", kai_catalogue_get (catalogue, "*"));
  for (char **number = numbers; *number; number++)
    append_message (out, *number, kai_catalogue_get (catalogue, *number));
  return g_string_free (out, FALSE);
}
