#pragma once

#include "model/kai-base-data.h"
#include "model/kai-notice.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* How values look on screen, in one place. All returned strings are the caller's unless said. */
char *kai_format_time (gint64 utc_seconds); /* local "2026-11-21 09:30", "" for 0 */
char *kai_format_age (gint64 seconds);      /* "3 minutes", translated, rounded down */
/* Name of the charge item that a clerk typed, by code, name or both; what was typed when it is none. Borrowed from either. */
const char *kai_format_item (const KaiBaseData *base, const char *typed);
char *kai_format_payment_code (const char *code);         /* groups of four, for reading aloud */
const char *kai_format_message_name (const char *msg_no); /* what a message is for; borrowed */
/* ---- kai-format-log.c: lines of the log in words; unknown ones stay as they are ---- */
const char *kai_format_action_name (const char *action); /* borrowed */
char *kai_format_outcome (const char *outcome);
/* "notice:320…" as "Notice 320…": the number is kept. */
char *kai_format_subject (const char *subject);

/* E-bill column: its number, or how far the swap is; "" without a swap. */
char *kai_format_ebill (const KaiNotice *notice);
/* Icon names; borrowed. */
const char *kai_notice_state_icon (KaiNoticeState state);
const char *kai_sync_state_icon (KaiSyncState state);

/* The accessible name of @widget, or its description ("" removes). */
void kai_set_accessible_name (GtkWidget *widget, const char *name);
void kai_set_accessible_description (GtkWidget *widget, const char *text);
/* Assistive technology finds what @describing says from @widget, and back. Once for a pair. */
void kai_relate_description (GtkWidget *widget, GtkWidget *describing);
/* Moves the focus on, as Tab does: for "activate" of entries. */
void kai_focus_next (GtkWidget *widget);

G_END_DECLS
