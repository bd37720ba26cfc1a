#pragma once

#include "messages/kai-record.h"

G_BEGIN_DECLS

/* For the codec, which walks over all that a record holds. */
struct _KaiRecord
{
  GHashTable *values; /* path → text */
  GHashTable *lists;  /* path → GPtrArray of KaiRecord; NULL while there is none */
};

G_END_DECLS
