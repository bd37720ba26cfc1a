#pragma once

/* What the model test of the outbox remembers: what must be at the desk, at the server and on the way. */
#include "kai-test-keys.h"
#include "kai-test.h"
#include "messages/kai-net-error.h"
#include "messages/kai-result-code.h"
#include "store/kai-audit-log.h"
#include "store/kai-base-data-store.h"
#include "store/kai-code-lease.h"
#include "store/kai-notice-store.h"
#include "sync/kai-desk-private.h"
#include "values/kai-error.h"

#include <string.h>


#define REGION "320684"
#define UNIT "320684001"
#define CLERK "32068400101"
#define ITEM "320600000001"

typedef struct
{
  gint64 id;
  char *code; /* NULL: a draft */
  KaiMoney amount;
  KaiNoticeState state; /* as the desk must have it */
  KaiSyncState sync;
  KaiNoticeState there;    /* as the server has it, when it has it */
  gboolean known, foreign; /* the server has it, or another one under its code */
  gboolean code_refused;   /* the server refused it for its code */
  char *ebill_number;      /* given by the server */
  gint64 ebill;            /* row of the newest, 0 none */
  KaiSyncState ebill_sync;
} Notice;

typedef struct
{
  gint64 id; /* in the outbox */
  char *msg_id;
  char number[5];
  GArray *subjects;
  gboolean held, tried;
  KaiMessage *answer; /* what the server said, once it has seen it */
} Letter;

typedef struct
{
  char *dir;
  KaiTestKey *root, *clerk;
  KaiConnection *connection;
  KaiDesk *desk;
  GPtrArray *notices;   /* Notice */
  GHashTable *by_id;    /* id → Notice */
  GHashTable *by_ebill; /* row → Notice */
  GHashTable *codes;    /* every payment code ever given */
  GHashTable *numbers;  /* e-bill number → Notice */
  GHashTable *msg_ids;  /* every MsgID ever used */
  GQueue *letters;      /* Letter: open ones in order */
  GQueue *pushes;       /* Notice: payments to be told */
  int lines;            /* of the log */
  gint64 leased, taken;
  int counts[16];
} Model;

void model_notice_free (Notice *notice);
void model_letter_free (Letter *letter);
gboolean model_one_in (int n);
Notice *model_any_notice (Model *m);
Notice *model_subject_of (Model *m, const Letter *letter, guint i);
void model_open_desk (Model *m);
void model_store_base_data (Model *m);
