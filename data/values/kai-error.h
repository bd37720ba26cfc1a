#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one error domain of data/. Messages are translated sentences for a clerk: what is wrong and
 * what to do. They never hold identity numbers, phone numbers or secrets. */
#define KAI_DATA_ERROR (kai_data_error_quark ())
GQuark kai_data_error_quark (void);

typedef enum
{
  KAI_DATA_ERROR_INVALID,     /* the value, row or file breaks a rule */
  KAI_DATA_ERROR_NOT_FOUND,   /* no such thing in the store */
  KAI_DATA_ERROR_CONFLICT,    /* the state of the thing forbids it (paid, already swapped …) */
  KAI_DATA_ERROR_NOT_ALLOWED, /* the role or unit may not */
  KAI_DATA_ERROR_LIMIT,       /* a limit of ours or of the bureau's */
  KAI_DATA_ERROR_NO_NUMBERS,  /* no leased payment code or free bill number is left */
  KAI_DATA_ERROR_UNREADABLE,  /* a foreign file is damaged, encrypted or of another kind */
  KAI_DATA_ERROR_DAMAGED,     /* our own store is damaged (exit status 6) */
  KAI_DATA_ERROR_NEWER,       /* the store was written by a newer program (exit status 6) */
  KAI_DATA_ERROR_FULL,        /* disk full */
  KAI_DATA_ERROR_READ_ONLY,   /* directory or file cannot be written */
  KAI_DATA_ERROR_BUSY,        /* locked by another process for too long */
  KAI_DATA_ERROR_IO,          /* any other failure of the system */
} KaiDataError;

/* Sets @error and returns FALSE, so that a check is one statement. */
gboolean kai_data_fail (GError **error, KaiDataError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

G_END_DECLS
