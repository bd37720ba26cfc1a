/* kaipiaoctl report: figures of a period, on the screen or as a table in a file. */
#include "kai-ctl.h"

#include "import/kai-table-writer.h"
#include "store/kai-figures.h"
#include "values/kai-error.h"

#include <glib/gi18n-lib.h>

static char *from_day, *to_day, *output;

static const GOptionEntry entries[] = {
  { "from", 0, 0, G_OPTION_ARG_STRING, &from_day, N_ ("First day (default: today)"), "YYYY-MM-DD" },
  { "to", 0, 0, G_OPTION_ARG_STRING, &to_day, N_ ("Last day (default: the first)"), "YYYY-MM-DD" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("Write the table to a file"),
    "FILE.xlsx|.csv" },
  { NULL },
};

static gboolean
parse_period (KaiDay *from, KaiDay *to, GError **error)
{
  *from = kai_day_today ();
  if (from_day && !kai_day_parse (from_day, from, NULL))
    return kai_ctl_usage (error, _ ("--from must be a day such as 2026-09-01."));
  *to = from_day ? *from : kai_day_today ();
  if (to_day && !kai_day_parse (to_day, to, NULL))
    return kai_ctl_usage (error, _ ("--to must be a day such as 2026-09-30."));
  if (*to < *from)
    return kai_ctl_usage (error, _ ("--to lies before --from."));
  if (output && !g_str_has_suffix (output, ".xlsx") && !g_str_has_suffix (output, ".csv"))
    return kai_ctl_usage (error, _ ("-o must end in .xlsx or .csv."));
  return TRUE;
}

static void
add_row (GPtrArray *rows, const char *first, const char *second, const KaiFigure *figure)
{
  g_autofree char *amount = kai_money_to_wire (figure->amount);
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, figure->count);
  const char *cells[5] = { first, second ? second : number, second ? number : amount,
                           second ? amount : NULL, NULL };

  g_ptr_array_add (rows, g_strdupv ((char **)cells));
}

static void
write_figure (KaiCtl *ctl, const char *name, const char *label, const KaiFigure *figure,
              GPtrArray *rows)
{
  g_autofree char *amount = kai_money_to_display (figure->amount);

  json_builder_set_member_name (ctl->json, name);
  kai_ctl_begin_object (ctl);
  kai_ctl_member_int (ctl, "count", figure->count);
  kai_ctl_member_money (ctl, "amount", figure->amount);
  kai_ctl_end_object (ctl);
  kai_ctl_say (ctl, _ ("%s: %d (%s yuan)"), label, (int)figure->count, amount);
  add_row (rows, label, NULL, figure);
}

static gboolean
write_output (KaiCtl *ctl, const char *title, const char *const *headers, GPtrArray *rows,
              GError **error)
{
  if (!output)
    return TRUE;
  kai_ctl_member (ctl, "file", output);
  return kai_table_write (output, title, headers, rows, error);
}

static gboolean
run_day (KaiCtl *ctl, char **args, GError **error)
{
  const char *headers[] = { _ ("What"), _ ("Count"), _ ("Amount"), NULL };
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  g_autofree char *from_text = NULL, *to_text = NULL;
  KaiFigures figures;
  KaiDay from, to;

  if (!parse_period (&from, &to, error) || !kai_ctl_desk (ctl, error)
      || !kai_figures_load (kai_desk_get_database (ctl->desk), from, to, &figures, error))
    return FALSE;
  from_text = kai_day_to_iso (from);
  to_text = kai_day_to_iso (to);
  kai_ctl_member (ctl, "from", from_text);
  kai_ctl_member (ctl, "to", to_text);
  kai_ctl_say (ctl, _ ("Figures from %s to %s"), from_text, to_text);
  write_figure (ctl, "issued", _ ("Issued"), &figures.issued, rows);
  write_figure (ctl, "paid", _ ("Paid"), &figures.paid, rows);
  write_figure (ctl, "swapped", _ ("Swapped for an e-bill"), &figures.swapped, rows);
  write_figure (ctl, "paid_not_swapped", _ ("Paid, not swapped"), &figures.paid_not_swapped, rows);
  write_figure (ctl, "unpaid", _ ("Unpaid"), &figures.unpaid, rows);
  write_figure (ctl, "voided", _ ("Void"), &figures.voided, rows);
  write_figure (ctl, "lapsed", _ ("Lapsed"), &figures.lapsed, rows);
  write_figure (ctl, "refused", _ ("Refused"), &figures.refused, rows);
  kai_ctl_member_int (ctl, "waiting", figures.waiting);
  return write_output (ctl, _ ("Figures"), headers, rows, error);
}

static gboolean
run_items (KaiCtl *ctl, char **args, GError **error)
{
  const char *headers[] = { _ ("Item code"), _ ("Item"), _ ("Paid notices"), _ ("Paid amount"),
                            NULL };
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify)g_strfreev);
  g_autoptr (GPtrArray) figures = NULL;
  KaiDay from, to;

  if (!parse_period (&from, &to, error) || !kai_ctl_desk (ctl, error))
    return FALSE;
  figures = kai_figures_by_item (kai_desk_get_database (ctl->desk), from, to, error);
  if (!figures)
    return FALSE;
  kai_ctl_begin_array (ctl, "items");
  for (guint i = 0; i < figures->len; i++)
    {
      const KaiItemFigure *figure = figures->pdata[i];
      g_autofree char *paid = kai_money_to_display (figure->paid.amount);

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "code", figure->code);
      kai_ctl_member (ctl, "name", figure->name);
      kai_ctl_member_int (ctl, "issued", figure->issued.count);
      kai_ctl_member_money (ctl, "issued_amount", figure->issued.amount);
      kai_ctl_member_int (ctl, "paid", figure->paid.count);
      kai_ctl_member_money (ctl, "paid_amount", figure->paid.amount);
      kai_ctl_end_object (ctl);
      kai_ctl_say (ctl, _ ("%s  %s: %d issued, %d paid (%s yuan)"), figure->code, figure->name,
                   (int)figure->issued.count, (int)figure->paid.count, paid);
      add_row (rows, figure->code, figure->name, &figure->paid);
    }
  kai_ctl_end_array (ctl);
  return write_output (ctl, _ ("Items"), headers, rows, error);
}

static gboolean
run_list (KaiCtl *ctl, char **args, GError **error)
{
  kai_ctl_begin_array (ctl, "reports");
  for (const KaiCtlCommand *c = kai_ctl_report_commands; c->group; c++)
    if (c->entries)
      {
        kai_ctl_begin_object (ctl);
        kai_ctl_member (ctl, "name", c->action);
        kai_ctl_member (ctl, "title", _ (c->summary));
        kai_ctl_end_object (ctl);
        kai_ctl_say (ctl, "%s  %s", c->action, _ (c->summary));
      }
  kai_ctl_end_array (ctl);
  return TRUE;
}

#define REPORT_USAGE "[--from D] [--to D] [-o FILE.xlsx|.csv]"

const KaiCtlCommand kai_ctl_report_commands[] = {
  { "report", "list", "", N_ ("List the reports"), NULL, run_list },
  { "report", "day", REPORT_USAGE, N_ ("Issued, paid, swapped and open of a day or period"),
    entries, run_day },
  { "report", "items", REPORT_USAGE, N_ ("Issued and paid by charge item"), entries, run_items },
  { NULL },
};
