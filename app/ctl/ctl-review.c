/* kaipiaoctl notice to-check, approve, send-back: the second pair of eyes. */
#include "kai-ctl.h"

#include "sync/kai-desk-review.h"
#include "values/kai-error.h"
#include "values/kai-problem.h"

#include <glib/gi18n-lib.h>

static char *reason;
static char *batch;
static gboolean all;

static const GOptionEntry approve_entries[] = {
  { "batch", 0, 0, G_OPTION_ARG_STRING, &batch, N_ ("All that waits of this batch"), N_ ("ID") },
  { "all", 0, 0, G_OPTION_ARG_NONE, &all, N_ ("All that waits"), NULL },
  { NULL }
};

static const GOptionEntry send_back_entries[] = { { "reason", 0, 0, G_OPTION_ARG_STRING, &reason,
                                                    N_ ("What is to be mended"), N_ ("TEXT") },
                                                  { NULL } };

static void
write_review (KaiCtl *ctl, const KaiReview *review)
{
  g_autofree char *amount = kai_money_to_display (review->amount);

  kai_ctl_begin_object (ctl);
  kai_ctl_member_int (ctl, "id", review->id);
  kai_ctl_member (ctl, "payer", review->notice ? review->notice->payer_name : "");
  kai_ctl_member_money (ctl, "amount", review->amount);
  kai_ctl_member (ctl, "state", kai_review_state_to_string (review->state));
  kai_ctl_member (ctl, "maker", review->maker);
  kai_ctl_member (ctl, "reason", review->reason);
  kai_ctl_member (ctl, "batch", review->batch_id);
  kai_ctl_end_object (ctl);
  kai_ctl_say (ctl, "%d  %s  %s  %s  %s", (int)review->id,
               review->notice ? review->notice->payer_name : "", amount, review->maker_name,
               review->reason);
}

static gboolean
write_state (KaiCtl *ctl, KaiReviewState state, GError **error)
{
  g_autoptr (GPtrArray) reviews =
      kai_review_store_list (kai_desk_get_database (ctl->desk), state, NULL, 0, error);

  for (guint i = 0; reviews && i < reviews->len; i++)
    write_review (ctl, reviews->pdata[i]);
  return reviews != NULL;
}

static gboolean
run_to_check (KaiCtl *ctl, char **args, GError **error)
{
  gboolean ok;

  if (!kai_ctl_desk (ctl, error))
    return FALSE;
  kai_ctl_begin_array (ctl, "reviews");
  ok = write_state (ctl, KAI_REVIEW_WAITING, error)
       && write_state (ctl, KAI_REVIEW_SENT_BACK, error);
  kai_ctl_end_array (ctl);
  return ok;
}

static gboolean
add_id (GArray *ids, const char *text, GError **error)
{
  gint64 id;

  if (!g_ascii_string_to_signed (text, 10, 1, G_MAXINT64, &id, NULL))
    return kai_ctl_usage (error,
                          _ ("“%s” is no number of a notice to be checked. “kaipiaoctl notice "
                             "to-check” lists them."),
                          text);
  g_array_append_val (ids, id);
  return TRUE;
}

/* Those named, of a batch, or all. NULL with @error. */
static GArray *
list_ids (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) reviews = NULL;

  for (int i = 0; args[i]; i++)
    if (!add_id (ids, args[i], error))
      return NULL;
  if (!batch && !all)
    return g_steal_pointer (&ids);
  reviews =
      kai_review_store_list (kai_desk_get_database (ctl->desk), KAI_REVIEW_WAITING, NULL, 0, error);
  for (guint i = 0; reviews && i < reviews->len; i++)
    {
      const KaiReview *review = reviews->pdata[i];

      if (all || g_str_equal (review->batch_id, batch))
        g_array_append_val (ids, review->id);
    }
  return reviews ? g_steal_pointer (&ids) : NULL;
}

static void
write_issued (KaiCtl *ctl, GPtrArray *issued)
{
  kai_ctl_begin_array (ctl, "notices");
  for (guint i = 0; i < issued->len; i++)
    {
      const KaiNotice *notice = issued->pdata[i];

      kai_ctl_begin_object (ctl);
      kai_ctl_member (ctl, "payment_code", notice->payment_code);
      kai_ctl_member (ctl, "payer", notice->payer_name);
      kai_ctl_member_money (ctl, "amount", notice->amount);
      kai_ctl_end_object (ctl);
      kai_ctl_say (ctl, "%s  %s", notice->payment_code, notice->payer_name);
    }
  kai_ctl_end_array (ctl);
}

static gboolean
run_approve (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (GPtrArray) issued = kai_notices_new ();
  g_autoptr (GPtrArray) problems = kai_problems_new ();
  g_autoptr (GArray) ids = NULL;

  if (!args[0] && !batch && !all)
    return kai_ctl_usage (error, _ ("Which? Give numbers of notices to be checked, --batch ID or "
                                    "--all."));
  if (!kai_ctl_prepare (ctl, 1, error) || !(ids = list_ids (ctl, args, error))
      || !kai_desk_approve (ctl->desk, ids, issued, problems, error))
    return FALSE;
  kai_ctl_deliver (ctl);
  write_issued (ctl, issued);
  kai_ctl_problems (ctl, "problems", problems);
  if (problems->len > 0)
    kai_ctl_raise (ctl, KAI_EXIT_REFUSED);
  return TRUE;
}

static gboolean
run_send_back (KaiCtl *ctl, char **args, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (KaiReview) review = NULL;
  gint64 id;

  if (g_strv_length (args) != 1 || !reason)
    return kai_ctl_usage (error, _ ("Sending back needs one number and --reason TEXT."));
  if (!add_id (ids, args[0], error) || !kai_ctl_desk (ctl, error))
    return FALSE;
  id = g_array_index (ids, gint64, 0);
  if (!kai_desk_send_back (ctl->desk, id, reason, error))
    return FALSE;
  review = kai_review_store_load (kai_desk_get_database (ctl->desk), id, error);
  if (!review)
    return FALSE;
  kai_ctl_begin_array (ctl, "reviews");
  write_review (ctl, review);
  kai_ctl_end_array (ctl);
  return TRUE;
}

const KaiCtlCommand kai_ctl_review_commands[] = {
  { "notice", "to-check", "", N_ ("List notices that wait for a reviewer, and those sent back"),
    NULL, run_to_check },
  { "notice", "approve", "ID… | --batch ID | --all", N_ ("Issue notices that another person wrote"),
    approve_entries, run_approve },
  { "notice", "send-back", "ID --reason TEXT", N_ ("Send a notice back to who wrote it"),
    send_back_entries, run_send_back },
  { NULL },
};
