#pragma once

#include "sync/kai-sync-engine.h"
#include "values/kai-problem.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Exit statuses of the contract; see docs/command-line.md. */
typedef enum
{
  KAI_EXIT_DONE = 0,
  KAI_EXIT_REFUSED = 1, /* some rows or items were refused */
  KAI_EXIT_USAGE = 2,
  KAI_EXIT_UNREACHED = 3,   /* server not reached; what was saved is queued */
  KAI_EXIT_NOT_ALLOWED = 4, /* or no key, or wrong PIN */
  KAI_EXIT_BAD_INPUT = 5,   /* broken or unreadable input */
  KAI_EXIT_STORE = 6,       /* the local store is damaged or cannot be used */
} KaiExit;

/* One run of kaipiaoctl: the common options, and what the commands share. */
typedef struct
{
  /* common options */
  char *home, *server, *user, *key_uri, *pin_file, *trust, *trace;
  gboolean as_json, offline;

  KaiDesk *desk;         /* opened on first use */
  KaiSyncEngine *engine; /* made on first use, NULL when there is no way to the server */
  GError *link_error;    /* why nothing could be sent, NULL when all is well */
  JsonBuilder *json;     /* inside the root object */
  KaiExit status;        /* the worst so far */
} KaiCtl;

typedef struct
{
  const char *group;  /* "notice" */
  const char *action; /* "new", or NULL where the group stands alone */
  /* Positional arguments and options, as shown in the help. A command that takes words besides options begins with one in capitals. */
  const char *usage;
  const char *summary;
  const GOptionEntry *entries; /* NULL = none */
  /* @args: what is left after options. Errors set by it are printed and mapped to the exit status. */
  gboolean (*run) (KaiCtl *ctl, char **args, GError **error);
} KaiCtlCommand;

/* Each ctl-*.c gives its commands, ended by a NULL group. */
extern const KaiCtlCommand kai_ctl_base_data_commands[];
extern const KaiCtlCommand kai_ctl_notice_commands[];
extern const KaiCtlCommand kai_ctl_review_commands[];
extern const KaiCtlCommand kai_ctl_pin_commands[];
extern const KaiCtlCommand kai_ctl_find_commands[];
extern const KaiCtlCommand kai_ctl_import_commands[];
extern const KaiCtlCommand kai_ctl_inspect_commands[];
extern const KaiCtlCommand kai_ctl_sync_commands[];
extern const KaiCtlCommand kai_ctl_ebill_commands[];
extern const KaiCtlCommand kai_ctl_verify_commands[];
extern const KaiCtlCommand kai_ctl_stock_commands[];
extern const KaiCtlCommand kai_ctl_print_commands[];
extern const KaiCtlCommand kai_ctl_protocol_commands[];
extern const KaiCtlCommand kai_ctl_report_commands[];
extern const KaiCtlCommand kai_ctl_roster_commands[];
extern const KaiCtlCommand kai_ctl_store_commands[];
extern const KaiCtlCommand kai_ctl_log_commands[];
extern const KaiCtlCommand kai_ctl_certificate_commands[];
extern const KaiCtlCommand kai_ctl_socket_commands[];

#define KAI_CTL_ERROR (kai_ctl_error_quark ())
GQuark kai_ctl_error_quark (void);
typedef enum
{
  KAI_CTL_ERROR_USAGE
} KaiCtlError;
/* Sets a usage error (exit status 2) and returns FALSE. */
gboolean kai_ctl_usage (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Makes a usage error of one that was set already (a value of an option that cannot be). Returns FALSE. */
gboolean kai_ctl_usage_from (GError **error);

/* For people: standard output, or standard error with --json. */
void kai_ctl_say (KaiCtl *ctl, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The exit status keeps the first trouble, a worse one replaces it. */
void kai_ctl_raise (KaiCtl *ctl, KaiExit status);
KaiExit kai_ctl_exit_of (const GError *error);
/* "refused", "unreached" …: the member “error” of the document. */
const char *kai_ctl_exit_name (KaiExit status);

/* The desk; opened with the key when one is given. NULL with @error. Borrowed. */
KaiDesk *kai_ctl_desk (KaiCtl *ctl, GError **error);
/* The key of the options or the connection, without opening the store; NULL with @error, or without when none is given. Caller unrefs. */
KaiKey *kai_ctl_open_key (KaiCtl *ctl, GError **error);
/* Where the desk would be; reads connection.ini under the options. Caller frees. */
KaiConnection *kai_ctl_connection (KaiCtl *ctl, GError **error);
/* The engine, or NULL when offline or without key or server (link_error says why). Borrowed. */
KaiSyncEngine *kai_ctl_engine (KaiCtl *ctl);
/* Base data and leased numbers for @codes notices: fetched when needed and possible. FALSE only when the command cannot go on. */
gboolean kai_ctl_prepare (KaiCtl *ctl, int codes, GError **error);
/* Sends what waits. Never fails: trouble becomes link_error, exit status 3 and a sentence. */
void kai_ctl_deliver (KaiCtl *ctl);
/* Takes in what waits, the same way. */
void kai_ctl_receive (KaiCtl *ctl);
/* The progress bar, on a terminal and when the work takes over a second. */
void kai_ctl_progress (const char *what, int done, int total);
/* Ends the line of the progress bar before something else is written. */
void kai_ctl_end_progress (void);
/* A sentence when the server's clock and ours differ so much that messages would soon be refused. */
void kai_ctl_warn_clock (KaiCtl *ctl);

/* JSON members of the object that is open. */
void kai_ctl_member (KaiCtl *ctl, const char *name, const char *value);
void kai_ctl_member_int (KaiCtl *ctl, const char *name, gint64 value);
void kai_ctl_member_bool (KaiCtl *ctl, const char *name, gboolean value);
void kai_ctl_member_money (KaiCtl *ctl, const char *name, KaiMoney value); /* "1234.50" */
void kai_ctl_begin_array (KaiCtl *ctl, const char *name);
void kai_ctl_begin_object (KaiCtl *ctl);
void kai_ctl_end_object (KaiCtl *ctl);
void kai_ctl_end_array (KaiCtl *ctl);
/* An element of refusals[]: what the server refused. */
void kai_ctl_refusal (KaiCtl *ctl, const char *subject, const char *code, const char *message);
/* refusals[]: all that the server has refused since @since, the last line of the log at that time (kai_ctl_last_line). */
void kai_ctl_refusals (KaiCtl *ctl, gint64 since);
gint64 kai_ctl_last_line (KaiCtl *ctl);
/* problems[]: row, column, code, message; printed for people too. */
void kai_ctl_problems (KaiCtl *ctl, const char *name, GPtrArray *problems);

G_END_DECLS
