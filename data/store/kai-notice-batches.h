#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* The workbooks that notices came from, to choose from: no names of files, which may be those of persons. */
typedef struct
{
  char *batch_id;
  char *kind;
  gint64 created_at; /* UTC seconds */
} KaiNoticeBatch;

void kai_notice_batch_free (KaiNoticeBatch *batch);
/* Array of KaiNoticeBatch that frees them, newest first, at most @limit; NULL on error. */
GPtrArray *kai_notice_batches_list (KaiDatabase *db, int limit, GError **error);

G_END_DECLS
