#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The one place from which a store is delivered: a lock on the file sync.lock in its directory, which goes with the process that holds it. The file says who that is and how
 * it goes, for others who would like to deliver. */
typedef struct _KaiSyncSeat KaiSyncSeat;

typedef enum
{
  KAI_SEAT_NOBODY,
  KAI_SEAT_COMMAND, /* for the time of one command: wait for it */
  KAI_SEAT_WINDOW,  /* for as long as it is open: leave the delivery to it */
} KaiSeatRole;
typedef enum
{
  KAI_SEAT_WORKING, /* delivering, or ready to */
  KAI_SEAT_STUCK,   /* cannot deliver now: out of reach, paused, refused */
} KaiSeatState;
typedef struct
{
  KaiSeatRole role;
  KaiSeatState state;
  int pid;
  gint64 changes; /* counts what the holder has reported */
  char *sentence; /* why it is stuck, "" */
} KaiSeatHolder;
void kai_seat_holder_clear (KaiSeatHolder *holder);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KaiSeatHolder, kai_seat_holder_clear)

/* NULL without error when another has it; READ_ONLY when the file cannot be made. */
KaiSyncSeat *kai_sync_seat_try (const char *dir, KaiSeatRole role, GError **error);
/* Waits for it; NULL with CANCELLED. */
KaiSyncSeat *kai_sync_seat_take (const char *dir, KaiSeatRole role, GCancellable *cancellable,
                                 GError **error);
void kai_sync_seat_leave (KaiSyncSeat *seat);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiSyncSeat, kai_sync_seat_leave)
/* For the others: how it goes. @sentence without personal data. */
void kai_sync_seat_report (KaiSyncSeat *seat, KaiSeatState state, const char *sentence);
/* What the file says; it may be left over from one who has gone (then try succeeds). */
void kai_sync_seat_read (const char *dir, KaiSeatHolder *holder);
/* "the window (process 123)", for sentences. Caller frees. */
char *kai_seat_holder_describe (const KaiSeatHolder *holder);

G_END_DECLS
