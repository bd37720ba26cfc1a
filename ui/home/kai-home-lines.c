/* From counts to sentences: which lines the home page has, how urgent they are and where they lead. */
#include "home/kai-home-lines.h"

#include "home/kai-attention-row.h"
#include "kai-format.h"
#include "values/kai-day.h"
#include "values/kai-money.h"

#include <glib/gi18n-lib.h>

#define DAY_S 86400
#define OLD_SWAP_DAYS 3
#define OLD_MESSAGE_S 3600
#define OLD_BASE_DATA_S (3 * DAY_S)

typedef struct
{
  KaiSession *session;
  const KaiAttention *attention;
  const KaiHomeThresholds *thresholds;
  gint64 now;
  GPtrArray *rows;
} Lines;

static void
add (Lines *lines, KaiUrgency urgency, const char *target, char *title, char *detail)
{
  g_ptr_array_add (lines->rows,
                   kai_attention_row_new (urgency, target, title, detail ? detail : ""));
  g_free (title);
  g_free (detail);
}

static int
clamp_count (gint64 count)
{
  return (int)CLAMP (count, 0, G_MAXINT);
}

static char *
dup_amount (KaiMoney amount)
{
  g_autofree char *text = kai_money_to_display (amount);

  return g_strdup_printf (_ ("¥ %s"), text);
}

static char *
dup_age (Lines *lines, gint64 since)
{
  return kai_format_age (MAX (lines->now - since, 0));
}

static void
add_lapsing (Lines *lines)
{
  const KaiAttention *a = lines->attention;
  int n = clamp_count (a->lapsing.count);
  g_autofree char *first = kai_day_to_iso (a->first_lapse);
  g_autofree char *amount = dup_amount (a->lapsing.amount);

  if (n > 0)
    add (lines, a->first_lapse <= kai_day_today () ? KAI_URGENCY_ERROR : KAI_URGENCY_WARNING,
         "notices:lapsing",
         g_strdup_printf (ngettext ("%d unpaid notice is about to lapse",
                                    "%d unpaid notices are about to lapse", n),
                          n),
         g_strdup_printf (_ ("%s in all; the first on %s. Remind the payers, or issue anew "
                             "afterwards."),
                          amount, first));
  n = clamp_count (a->lapsed.count);
  if (n > 0)
    {
      g_autofree char *lost = dup_amount (a->lapsed.amount);

      add (lines, KAI_URGENCY_INFO, "notices:lapsed",
           g_strdup_printf (ngettext ("%d notice of the last %d days has lapsed unpaid",
                                      "%d notices of the last %d days have lapsed unpaid", n),
                            n, KAI_ATTENTION_DAYS),
           g_strdup_printf (_ ("%s in all. Copy those that are still owed."), lost));
    }
}

static void
add_unswapped (Lines *lines)
{
  const KaiAttention *a = lines->attention;
  int n = clamp_count (a->unswapped.count);
  g_autofree char *age = NULL;
  g_autofree char *amount = NULL;

  if (n == 0)
    return;
  age = dup_age (lines, a->oldest_paid);
  amount = dup_amount (a->unswapped.amount);
  add (lines,
       a->oldest_paid > 0 && lines->now - a->oldest_paid > OLD_SWAP_DAYS * DAY_S
           ? KAI_URGENCY_WARNING
           : KAI_URGENCY_INFO,
       "notices:unswapped",
       g_strdup_printf (
           ngettext ("%d paid notice has no e-bill yet", "%d paid notices have no e-bill yet", n),
           n),
       a->oldest_paid > 0
           ? g_strdup_printf (_ ("%s in all; the oldest was paid %s ago."), amount, age)
           : g_strdup_printf (_ ("%s in all."), amount));
}

static void
add_refused (Lines *lines)
{
  const KaiAttention *a = lines->attention;
  int n = clamp_count (a->refused.count);

  if (n > 0)
    add (lines, KAI_URGENCY_ERROR, "notices:refused",
         g_strdup_printf (ngettext ("%d notice was refused by the finance server",
                                    "%d notices were refused by the finance server", n),
                          n),
         g_strdup (_ ("Nobody can pay it. The reason stands beside the list.")));
  n = clamp_count (a->ebills_refused);
  if (n > 0)
    add (lines, KAI_URGENCY_ERROR, "notices:refused",
         g_strdup_printf (ngettext ("The swap of %d notice was refused",
                                    "The swaps of %d notices were refused", n),
                          n),
         g_strdup (_ ("The reason stands beside the list; swap again when it is mended.")));
  n = clamp_count (a->messages_refused);
  if (n > 0)
    add (lines, KAI_URGENCY_ERROR, "outbox",
         g_strdup_printf (ngettext ("%d message was refused as a whole",
                                    "%d messages were refused as a whole", n),
                          n),
         g_strdup (_ ("The messages that wait show the reason.")));
}

static void
add_waiting (Lines *lines)
{
  const KaiAttention *a = lines->attention;
  int n = clamp_count (a->messages_waiting);

  if (n > 0)
    {
      g_autofree char *age = dup_age (lines, a->oldest_message);

      add (lines,
           lines->now - a->oldest_message > OLD_MESSAGE_S ? KAI_URGENCY_WARNING : KAI_URGENCY_INFO,
           "outbox",
           g_strdup_printf (
               ngettext ("%d message waits to be sent", "%d messages wait to be sent", n), n),
           g_strdup_printf (_ ("The oldest for %s."), age));
    }
  n = clamp_count (a->messages_held);
  if (n > 0)
    add (lines, KAI_URGENCY_WARNING, "outbox",
         g_strdup_printf (ngettext ("%d message is held back", "%d messages are held back", n), n),
         g_strdup (_ ("Somebody has stopped it. It is not sent before it is let go.")));
}

static void
add_codes (Lines *lines)
{
  const KaiAttention *a = lines->attention;
  int n = clamp_count (a->drafts);

  if (n > 0)
    add (lines, KAI_URGENCY_WARNING, "notices:drafts",
         g_strdup_printf (ngettext ("%d notice has no payment code yet",
                                    "%d notices have no payment code yet", n),
                          n),
         g_strdup (_ ("They get their codes at the next contact with the finance server.")));
  if (kai_session_get_base_data (lines->session)->fetched_at != 0
      && a->codes_left < lines->thresholds->low_codes)
    add (lines, a->codes_left == 0 ? KAI_URGENCY_ERROR : KAI_URGENCY_WARNING, "sync",
         a->codes_left == 0 ? g_strdup (_ ("There are no payment codes left"))
                            : g_strdup_printf (ngettext ("Only %d payment code is left",
                                                         "Only %d payment codes are left",
                                                         clamp_count (a->codes_left)),
                                               clamp_count (a->codes_left)),
         g_strdup (_ ("New ones come with the next contact. Without any, notices are kept as "
                      "drafts.")));
}

static void
add_type_stock (Lines *lines, const KaiTypeStock *stock)
{
  const KaiBillType *type =
      kai_base_data_find_bill_type (kai_session_get_base_data (lines->session), stock->type);
  const char *name = type ? type->name : stock->type;
  int to_take_in = clamp_count (stock->to_take_in), left = clamp_count (stock->free);

  /* One line a type: what is short and waits in the box is said by the line below. */
  if (to_take_in > 0 && left >= lines->thresholds->low_stock)
    add (lines, KAI_URGENCY_INFO, "stock",
         g_strdup_printf (ngettext ("%d bill of “%s” is to be taken in",
                                    "%d bills of “%s” are to be taken in", to_take_in),
                          to_take_in, name),
         g_strdup (_ ("Compare the numbers with those in the box before you take them in.")));
  if (left < lines->thresholds->low_stock)
    add (lines, left == 0 ? KAI_URGENCY_ERROR : KAI_URGENCY_WARNING, "stock",
         left == 0 ? g_strdup_printf (_ ("There is no free bill of “%s” left"), name)
                   : g_strdup_printf (ngettext ("Only %d free bill of “%s” is left",
                                                "Only %d free bills of “%s” are left", left),
                                      left, name),
         to_take_in > 0 ? g_strdup_printf (
             ngettext ("%d bill is to be taken in; compare its number first.",
                       "%d bills are to be taken in; compare the numbers first.", to_take_in),
             to_take_in)
                        : g_strdup (_ ("Ask the finance bureau for more.")));
}

/* Voided paper must go back; the bureau may have set how long that can take ("void_days" in the base data). */
static void
add_void_paper (Lines *lines)
{
  const KaiAttention *a = lines->attention;
  const char *setting =
      kai_base_data_get_setting (kai_session_get_base_data (lines->session), "void_days", "0");
  gint64 limit = g_ascii_strtoll (setting, NULL, 10);
  gint64 days = (lines->now - a->oldest_void) / DAY_S;
  gint64 count = 0;
  int n;

  for (guint i = 0; i < a->stock->len; i++)
    count += ((const KaiTypeStock *)a->stock->pdata[i])->void_unreturned;
  n = clamp_count (count);
  if (n == 0 || a->oldest_void == 0)
    return;
  add (lines,
       limit > 0 && days > limit           ? KAI_URGENCY_ERROR
       : limit > 0 && days > limit * 2 / 3 ? KAI_URGENCY_WARNING
                                           : KAI_URGENCY_INFO,
       "stock",
       g_strdup_printf (ngettext ("%d voided paper bill was not returned yet",
                                  "%d voided paper bills were not returned yet", n),
                        n),
       limit > 0 ? g_strdup_printf (_ ("The oldest for %d days; the bureau allows %d. Past that, "
                                       "the unit may not issue."),
                                    clamp_count (days), clamp_count (limit))
                 : g_strdup_printf (_ ("The oldest for %d days."), clamp_count (days)));
}

static void
add_stock (Lines *lines)
{
  for (guint i = 0; i < lines->attention->stock->len; i++)
    add_type_stock (lines, lines->attention->stock->pdata[i]);
  add_void_paper (lines);
}

int
kai_home_certificate_days (KaiSession *session)
{
  KaiKey *key = kai_desk_get_key (kai_session_get_desk (session));
  X509 *certificate = key ? kai_key_get_certificate (key) : NULL;
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gint64 left;

  if (!certificate)
    return G_MAXINT;
  left = kai_certificate_get_not_after (certificate) - now;
  return (int)CLAMP (left < 0 ? left / DAY_S - 1 : left / DAY_S, -99999, 99999);
}

static void
add_certificate (Lines *lines)
{
  int days = kai_home_certificate_days (lines->session);

  if (days < 0)
    add (lines, KAI_URGENCY_ERROR, "sign-in", g_strdup (_ ("Your certificate has expired")),
         g_strdup (_ ("Nothing can be sent with it. Get a new one from the finance bureau and "
                      "sign in with it.")));
  else if (days < lines->thresholds->certificate_days)
    add (lines, days < 7 ? KAI_URGENCY_ERROR : KAI_URGENCY_WARNING, "sign-in",
         g_strdup_printf (
             ngettext ("Your certificate ends in %d day", "Your certificate ends in %d days", days),
             days),
         g_strdup (_ ("Ask the finance bureau for a new one in time.")));
}

static void
add_base_data (Lines *lines)
{
  gint64 fetched = kai_session_get_base_data (lines->session)->fetched_at;
  g_autofree char *age = NULL;

  if (fetched == 0)
    add (lines, KAI_URGENCY_WARNING, "sync", g_strdup (_ ("The base data are not here yet")),
         g_strdup (_ ("Charge items and standards come with the first contact. Without them no "
                      "notice can be issued.")));
  else if (lines->now - fetched > OLD_BASE_DATA_S)
    {
      age = dup_age (lines, fetched);
      add (lines, KAI_URGENCY_WARNING, "sync",
           g_strdup_printf (_ ("The base data are %s old"), age),
           g_strdup (_ ("Items and standards may have changed since. Connect to the finance "
                        "server.")));
    }
}

static int
compare_urgency (gconstpointer a, gconstpointer b)
{
  KaiAttentionRow *x = *(KaiAttentionRow *const *)a;
  KaiAttentionRow *y = *(KaiAttentionRow *const *)b;

  return (int)kai_attention_row_get_urgency (y) - (int)kai_attention_row_get_urgency (x);
}

GPtrArray *
kai_home_lines_build (KaiSession *session, const KaiAttention *attention,
                      const KaiHomeThresholds *thresholds)
{
  Lines lines = { session, attention, thresholds, g_get_real_time () / G_USEC_PER_SEC,
                  g_ptr_array_new () };

  add_certificate (&lines);
  add_base_data (&lines);
  add_refused (&lines);
  add_lapsing (&lines);
  add_codes (&lines);
  add_waiting (&lines);
  add_unswapped (&lines);
  add_stock (&lines);
  /* Stable (a merge sort), so that the order above holds among equals. */
  g_ptr_array_sort (lines.rows, compare_urgency);
  return lines.rows;
}
