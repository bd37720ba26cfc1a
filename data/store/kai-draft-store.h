#pragma once

#include "model/kai-form.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Owns the table draft: what a user was typing, kept as typed and sealed. It outlives a crash, a lock, signing out and a refusal. */
typedef struct
{
  gint64 id;                     /* 0 before it is stored */
  gint64 notice_id;              /* the refused notice that it corrects, 0 otherwise */
  gint64 review_id;              /* the notice that a reviewer sent back, 0 otherwise */
  KaiForm *form;                 /* owned */
  gint64 created_at, updated_at; /* UTC seconds */
} KaiDraft;

void kai_draft_free (KaiDraft *draft);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiDraft, kai_draft_free)

/* Writes @form as draft *id of @user; 0 makes a new one and sets *id. One whose row is gone meanwhile (another window) is made anew. NOT_ALLOWED
 * while the store is locked. */
gboolean kai_draft_store_save (KaiDatabase *db, const char *user, gint64 *id, const KaiForm *form,
                               GError **error);
/* The same, for a draft that belongs to a refused notice or to one that was sent back (the other is 0); there is at most one of each: *id is set
 * to it. */
gboolean kai_draft_store_save_for (KaiDatabase *db, const char *user, gint64 notice_id,
                                   gint64 review_id, gint64 *id, const KaiForm *form,
                                   GError **error);
/* One that is not there is no error. */
gboolean kai_draft_store_remove (KaiDatabase *db, gint64 id, GError **error);
/* NULL with NOT_FOUND, NOT_ALLOWED, DAMAGED. */
KaiDraft *kai_draft_store_load (KaiDatabase *db, gint64 id, GError **error);
/* Array of KaiDraft, last typed first; a draft that cannot be opened is left out. NULL on error. */
GPtrArray *kai_draft_store_list (KaiDatabase *db, const char *user, GError **error);
int kai_draft_store_count (KaiDatabase *db, const char *user);

G_END_DECLS
