#pragma once

#include "sync/kai-sync-engine.h"

G_BEGIN_DECLS

/* Issues many notices: cut into server batches of whole classes, one after another, each saved in one transaction and delivered before the next. Whatever stops it — a
 * person, a crash, a power cut, no connection — the same call goes on where it was: a row whose notice is in the store is left out (its row_key). */

typedef struct
{
  int total;             /* notices given */
  int parts, done_parts; /* server batches; how many are saved */
  int saved;             /* in the store, with a message to the server or waiting for numbers */
  int skipped;           /* issued before */
  int accepted, refused; /* of the saved ones, by the server */
  double rate;           /* notices a second, of saved and answered ones */
  int seconds_left;      /* -1 = not known yet */
  gboolean paused, cancelled, finished;
  char *sentence; /* why nothing can be sent at the moment, "" while all is well; saving goes on */
} KaiBatchProgress;

typedef enum
{
  KAI_BATCH_SKIPPED, /* issued before */
  KAI_BATCH_SAVED,   /* no answer yet */
  KAI_BATCH_ACCEPTED,
  KAI_BATCH_REFUSED,
} KaiBatchOutcome;

/* What became of one notice. Texts are never NULL. */
typedef struct
{
  char *row_key;
  KaiBatchOutcome outcome;
  gint64 id; /* in the store */
  char *payment_code;
  char *refusal_code, *sentence; /* why it was refused */
} KaiBatchResult;
void kai_batch_result_free (KaiBatchResult *result);

/* How the blocking form is attended to; every function may be NULL. */
typedef struct
{
  /* Called before the first part: make sure of @n payment codes. */
  void (*prepare) (int n, gpointer data);
  /* Send what waits; @sentence (caller frees) why it could not be. */
  void (*deliver) (char **sentence, gpointer data);
  void (*progress) (const KaiBatchProgress *progress, gpointer data);
  void (*result) (const KaiBatchResult *result, gpointer data);
  /* Between parts; blocks while there is a pause. FALSE: stop here. */
  gboolean (*go_on) (gpointer data);
} KaiBatchHooks;

/* Blocking. @notices as kai_import_sheet_build_notices makes them: good, with row_key, class by class. FALSE when the store cannot be written; what was
 * saved before stays. Being stopped by go_on is no error. */
gboolean kai_batch_issue_run (KaiDesk *desk, GPtrArray *notices, const char *batch_id,
                              const KaiBatchHooks *hooks, gpointer data, KaiBatchProgress *out,
                              GError **error);
void kai_batch_progress_clear (KaiBatchProgress *progress);
/* Where the parts begin: indexes of @notices, ending with its length. Classes stay whole where they fit into @limit. Caller unrefs. */
GArray *kai_batch_issue_cut (GPtrArray *notices, int limit);

/* The same in a thread of its own with its own desk and engine, for the window. Signals on the main context it was made in:
 *   "progress": look at kai_batch_issue_get_progress; take the results;
 *   "finished" (const GError *error): NULL when it went through or was cancelled. It may be started again. */
#define KAI_TYPE_BATCH_ISSUE (kai_batch_issue_get_type ())
G_DECLARE_FINAL_TYPE (KaiBatchIssue, kai_batch_issue, KAI, BATCH_ISSUE, GObject)

/* Without @key everything is saved, and sent when somebody signs in. */
KaiBatchIssue *kai_batch_issue_new (const KaiConnection *connection, KaiKey *key);
/* Takes a reference of @notices: leave them alone until "finished". Not while it runs. */
void kai_batch_issue_start (KaiBatchIssue *issue, GPtrArray *notices, const char *batch_id);
gboolean kai_batch_issue_is_running (KaiBatchIssue *issue);
/* From the next server batch on. */
void kai_batch_issue_pause (KaiBatchIssue *issue);
void kai_batch_issue_resume (KaiBatchIssue *issue);
/* After the present server batch; the rest is not issued. */
void kai_batch_issue_cancel (KaiBatchIssue *issue);
const KaiBatchProgress *kai_batch_issue_get_progress (KaiBatchIssue *issue); /* borrowed */
/* KaiBatchResult since the last call; a notice may come twice (saved, then accepted). Caller unrefs. */
GPtrArray *kai_batch_issue_take_results (KaiBatchIssue *issue);

G_END_DECLS
