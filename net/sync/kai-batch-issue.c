/* Issues many notices, part by part. */
#include "sync/kai-batch-issue.h"

#include "store/kai-notice-store.h"

#include <string.h>

void
kai_batch_result_free (KaiBatchResult *result)
{
  if (!result)
    return;
  g_free (result->row_key);
  g_free (result->payment_code);
  g_free (result->refusal_code);
  g_free (result->sentence);
  g_free (result);
}

void
kai_batch_progress_clear (KaiBatchProgress *progress)
{
  g_clear_pointer (&progress->sentence, g_free);
}

/* ---- Parts ---- */

static gboolean
same_class (const KaiNotice *a, const KaiNotice *b)
{
  return strcmp (a->class_name, b->class_name) == 0 && strcmp (a->grade, b->grade) == 0;
}

GArray *
kai_batch_issue_cut (GPtrArray *notices, int limit)
{
  GArray *starts = g_array_new (FALSE, FALSE, sizeof (int));
  int start = 0, n = (int)notices->len;

  g_array_append_val (starts, start);
  for (int from = 0, to; from < n; from = to)
    {
      for (to = from + 1; to < n && same_class (notices->pdata[from], notices->pdata[to]); to++)
        ;
      /* This class begins a new part when it does not fit into the present one; one that is longer than a part is cut. */
      if (to - start > limit && from > start)
        {
          start = from;
          g_array_append_val (starts, start);
        }
      while (to - start > limit)
        {
          start += limit;
          g_array_append_val (starts, start);
        }
    }
  if (n > 0)
    g_array_append_val (starts, n);
  return starts;
}

/* ---- One run ---- */

typedef struct
{
  KaiDesk *desk;
  GPtrArray *notices;
  const char *batch_id;
  const KaiBatchHooks *hooks;
  gpointer data;
  KaiBatchProgress *progress;
  gint64 started;
} Run;

static void
tell_progress (Run *run)
{
  KaiBatchProgress *progress = run->progress;
  double seconds = (double)(g_get_monotonic_time () - run->started) / G_USEC_PER_SEC;
  int done = progress->saved + progress->skipped;

  progress->rate = seconds > 0 ? progress->saved / seconds : 0;
  progress->seconds_left =
      done > 0 && progress->rate > 0 ? (int)((progress->total - done) / progress->rate + 0.5) : -1;
  if (run->hooks->progress)
    run->hooks->progress (progress, run->data);
}

static void
tell_result (Run *run, const KaiNotice *notice, const char *row_key, KaiBatchOutcome outcome)
{
  KaiBatchResult result = { (char *)row_key,      outcome,
                            notice->id,           notice->payment_code,
                            notice->refusal_code, notice->refusal_text };

  if (run->hooks->result)
    run->hooks->result (&result, run->data);
}

/* The notice that was made of this row by an earlier run. */
static gboolean
tell_skipped (Run *run, const KaiNotice *notice, GError **error)
{
  KaiDatabase *db = kai_desk_get_database (run->desk);
  g_autoptr (GError) local = NULL;
  gint64 id = kai_notice_store_find_row_key (db, notice->row_key, &local);
  g_autoptr (KaiNotice) stored = NULL;

  if (local)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  stored = id ? kai_notice_store_load (db, id, error) : NULL;
  if (id && !stored)
    return FALSE;
  tell_result (run, stored ? stored : notice, notice->row_key, KAI_BATCH_SKIPPED);
  return TRUE;
}

static KaiBatchOutcome
outcome_of (const KaiNotice *stored)
{
  if (stored->sync == KAI_SYNC_ACCEPTED)
    return KAI_BATCH_ACCEPTED;
  return stored->sync == KAI_SYNC_REFUSED ? KAI_BATCH_REFUSED : KAI_BATCH_SAVED;
}

/* What the server said to the part, from what is in the store now. */
static gboolean
tell_part (Run *run, GPtrArray *part, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GPtrArray) stored = NULL;
  guint at = 0;

  for (guint i = 0; i < part->len; i++)
    {
      const KaiNotice *notice = part->pdata[i];

      if (notice->id != 0)
        g_array_append_val (ids, notice->id);
      else if (!tell_skipped (run, notice, error))
        return FALSE;
    }
  stored = kai_notice_store_load_many (kai_desk_get_database (run->desk),
                                       (const gint64 *)(gpointer)ids->data, ids->len, error);
  if (!stored)
    return FALSE;
  for (guint i = 0; i < part->len; i++)
    {
      const KaiNotice *notice = part->pdata[i];
      const KaiNotice *now;

      if (notice->id == 0)
        continue;
      now = stored->pdata[at++];
      if (!now)
        continue;
      run->progress->accepted += outcome_of (now) == KAI_BATCH_ACCEPTED;
      run->progress->refused += outcome_of (now) == KAI_BATCH_REFUSED;
      tell_result (run, now, notice->row_key, outcome_of (now));
    }
  return TRUE;
}

static gboolean
run_part (Run *run, int from, int to, GError **error)
{
  g_autoptr (GPtrArray) part = kai_notices_new ();
  g_autofree char *sentence = NULL;
  int skipped = 0;

  for (int i = from; i < to; i++)
    g_ptr_array_add (part, kai_notice_ref (run->notices->pdata[i]));
  if (!kai_desk_issue (run->desk, part, run->batch_id, &skipped, error))
    return FALSE;
  run->progress->skipped += skipped;
  run->progress->saved += (int)part->len - skipped;
  run->progress->done_parts++;
  tell_progress (run);
  if (run->hooks->deliver)
    run->hooks->deliver (&sentence, run->data);
  g_free (run->progress->sentence);
  run->progress->sentence = g_strdup (sentence ? sentence : "");
  if (!tell_part (run, part, error))
    return FALSE;
  tell_progress (run);
  return TRUE;
}

gboolean
kai_batch_issue_run (KaiDesk *desk, GPtrArray *notices, const char *batch_id,
                     const KaiBatchHooks *hooks, gpointer data, KaiBatchProgress *out,
                     GError **error)
{
  static const KaiBatchHooks none = { 0 };
  g_autoptr (GArray) starts =
      kai_batch_issue_cut (notices, kai_desk_get_profile (desk)->batch_limit);
  KaiBatchProgress own = { 0 };
  Run run = {
    desk, notices, batch_id, hooks ? hooks : &none, data, out ? out : &own, g_get_monotonic_time ()
  };
  gboolean ok = TRUE;

  *run.progress = (KaiBatchProgress){ .total = (int)notices->len,
                                      .parts = (int)starts->len - 1,
                                      .seconds_left = -1,
                                      .sentence = g_strdup ("") };
  if (run.hooks->prepare && notices->len > 0)
    run.hooks->prepare ((int)notices->len, data);
  for (guint i = 0; ok && i + 1 < starts->len; i++)
    {
      if (run.hooks->go_on && !run.hooks->go_on (data))
        {
          run.progress->cancelled = TRUE;
          break;
        }
      ok = run_part (&run, g_array_index (starts, int, i), g_array_index (starts, int, i + 1),
                     error);
    }
  run.progress->finished = ok && !run.progress->cancelled;
  tell_progress (&run);
  kai_batch_progress_clear (&own);
  return ok;
}
