/* Changes of a roster and unpaid notices as tables of texts: the same columns on the screen, in a workbook and on paper. */
#include "roster/kai-roster.h"

#include "values/kai-codes.h"

#include <glib/gi18n-lib.h>

static char **
dup_cells (const char *const *cells)
{
  return g_strdupv ((char **)cells);
}

char **
kai_roster_dup_headers (void)
{
  const char *headers[] = { _ ("What changed"),   _ ("Name"),
                            _ ("Student number"), _ ("Class before"),
                            _ ("Class now"),      _ ("Amount before"),
                            _ ("Amount now"),     NULL };

  return dup_cells (headers);
}

char **
kai_roster_change_dup_cells (const KaiRosterChange *change)
{
  g_autofree char *before = kai_money_to_wire (change->before);
  g_autofree char *now = kai_money_to_wire (change->now);
  const char *cells[] = { kai_roster_kind_label (change->kind),
                          change->payer,
                          change->student_no,
                          change->class_before,
                          change->class_now,
                          change->kind == KAI_ROSTER_NEW ? "" : before,
                          change->kind == KAI_ROSTER_LEFT ? "" : now,
                          NULL };

  return dup_cells (cells);
}

char **
kai_unpaid_dup_headers (void)
{
  const char *headers[] = { _ ("Class"),       _ ("Name"),       _ ("Student number"),
                            _ ("Mobile"),      _ ("Amount"),     _ ("Payment code"),
                            _ ("Valid until"), _ ("Told again"), NULL };

  return dup_cells (headers);
}

char *
kai_unpaid_dup_class (const KaiUnpaid *unpaid)
{
  const KaiNotice *notice = unpaid->notice;

  /* “高一(1)班” says the grade itself. */
  return g_str_has_prefix (notice->class_name, notice->grade)
             ? g_strdup (notice->class_name)
             : g_strconcat (notice->grade, notice->class_name, NULL);
}

static char *
describe_reminders (const KaiUnpaid *unpaid)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (unpaid->last_reminder);
  g_autofree char *day = when ? g_date_time_format (when, "%Y-%m-%d") : NULL;

  if (unpaid->reminders == 0)
    return g_strdup ("");
  return g_strdup_printf (_ ("%d ×, last %s (%s)"), unpaid->reminders, day ? day : "",
                          kai_reminder_way_label (unpaid->last_way));
}

char **
kai_unpaid_dup_cells (const KaiUnpaid *unpaid)
{
  const KaiNotice *notice = unpaid->notice;
  g_autofree char *mobile = kai_mask_mobile (notice->mobile);
  g_autofree char *amount = kai_money_to_wire (notice->amount);
  g_autofree char *until = kai_day_to_iso (notice->valid_until);
  g_autofree char *told = describe_reminders (unpaid);
  g_autofree char *class_text = kai_unpaid_dup_class (unpaid);
  const char *cells[] = { class_text,
                          notice->payer_name,
                          notice->student_no,
                          mobile,
                          amount,
                          notice->payment_code,
                          until,
                          told,
                          NULL };

  return dup_cells (cells);
}
