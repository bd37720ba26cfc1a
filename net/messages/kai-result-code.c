/* The table of result codes, read once from the resource results.tsv. It is a table and not code, so that the sentences
 * of every refusal stand in one place, in both languages. */
#include "messages/kai-result-code.h"

#include <gio/gio.h>
#include <string.h>

#define COLUMNS 6 /* and the field, which most do without */

typedef struct
{
  char *text; /* the whole table; the entries point into it */
  KaiResultCode *entries;
  GHashTable *by_code;
  GHashTable *by_symbol;
} Table;

static void
table_add_line (Table *table, guint n, char *line)
{
  KaiResultCode *entry = &table->entries[n];
  const char *cells[COLUMNS];

  for (int i = 0; i < COLUMNS; i++)
    {
      cells[i] = line ? strsep (&line, "\t") : NULL;
      if (!cells[i])
        g_error ("results.tsv: row %u has fewer than %d columns", n + 2, COLUMNS);
    }
  *entry = (KaiResultCode){ .code = cells[0],
                            .symbol = cells[1],
                            .zh = cells[2],
                            .en = cells[3],
                            .advice_zh = cells[4],
                            .advice_en = cells[5],
                            .field = line ? line : "" };
  if (!g_hash_table_insert (table->by_code, (char *)entry->code, entry)
      || !g_hash_table_insert (table->by_symbol, (char *)entry->symbol, entry))
    g_error ("results.tsv: row %u repeats a code or a symbol", n + 2);
}

static const Table *
get_table (void)
{
  static Table table;
  static gsize ready;

  if (g_once_init_enter (&ready))
    {
      g_autoptr (GBytes) bytes = g_resources_lookup_data (
          "/cn/kaipiao/Kaipiao/messages/results.tsv", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
      char *rest, *line;
      guint n = 0, lines = 1;

      g_assert (bytes);
      table.text = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      table.by_code = g_hash_table_new (g_str_hash, g_str_equal);
      table.by_symbol = g_hash_table_new (g_str_hash, g_str_equal);
      for (const char *p = table.text; *p; p++)
        lines += *p == '\n';
      table.entries = g_new0 (KaiResultCode, lines);
      rest = table.text;
      strsep (&rest, "\n"); /* the heading */
      while ((line = strsep (&rest, "\n")))
        if (*line)
          table_add_line (&table, n++, line);
      g_once_init_leave (&ready, 1);
    }
  return &table;
}

const KaiResultCode *
kai_result_code_find (const char *code)
{
  return code ? g_hash_table_lookup (get_table ()->by_code, code) : NULL;
}

const KaiResultCode *
kai_result_code_by_symbol (const char *symbol)
{
  const KaiResultCode *entry = g_hash_table_lookup (get_table ()->by_symbol, symbol);

  if (!entry)
    g_error ("There is no result code “%s” in results.tsv", symbol);
  return entry;
}

char *
kai_result_code_describe (const char *code, const char *fallback)
{
  const KaiResultCode *entry = kai_result_code_find (code);
  gboolean chinese = g_str_has_prefix (g_get_language_names ()[0], "zh");
  gboolean has_words = fallback && *fallback;
  const char *sentence, *advice;

  if (!entry)
    {
      if (has_words)
        return g_strdup (fallback);
      entry = kai_result_code_by_symbol ("failed");
    }
  sentence = chinese ? entry->zh : entry->en;
  advice = chinese ? entry->advice_zh : entry->advice_en;
  /* Only the server's words say which field it was, or what "other failure" means. */
  if (has_words && (g_str_equal (entry->symbol, "failed") || g_str_equal (entry->symbol, "field")))
    sentence = fallback;
  if (!*advice)
    return g_strdup (sentence);
  return chinese ? g_strconcat (sentence, advice, NULL) : g_strconcat (sentence, " ", advice, NULL);
}
