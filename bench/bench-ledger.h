#pragma once

/* Ledgers for the benches: ten years of notices of one county, made once per directory by the store's own functions. */
#include "store/kai-database.h"

G_BEGIN_DECLS

/* As a desk calls it, so that a desk can be opened on a ledger. */
#define BENCH_STORE "kaipiao.db"
#define BENCH_CLERK "32068400101"

/* A random payer as they occur: common surnames are common, pupils are many, organisations few. All owned. */
typedef struct
{
  char *name, *id, *mobile;
  gboolean is_organisation;
} BenchPayer;
BenchPayer *bench_payer_new (GRand *rand);
void bench_payer_free (BenchPayer *payer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchPayer, bench_payer_free)

/* The key of every ledger here: they hold nobody's data. Caller frees. */
KaiVault *bench_vault_new (void);

/* DIR/ledger-COUNT, which is made when it is not there, with its store unlocked. Prints how long making it took. Ends the program on errors. */
KaiDatabase *bench_ledger_open (const char *dir, int count);
char *bench_ledger_path (const char *dir, int count); /* of that directory; caller frees */
/* A copy of it, DIR/NAME, for what changes it; and its removal. Caller frees. */
char *bench_ledger_copy (const char *dir, int count, const char *name);
void bench_ledger_remove (const char *path);
/* Another connection to it. */
KaiDatabase *bench_database_open (const char *path);

/* The directory given as the first argument, or one beside the system's temporary files that stays there for the next bench. Caller frees. */
char *bench_directory (int argc, char **argv);

/* Milliseconds since @start (g_get_monotonic_time). */
double bench_ms (gint64 start);
/* The value that @share (0 … 1) of @values (double) are not above; sorts them. */
double bench_percentile (GArray *values, double share);

G_END_DECLS
