#pragma once

#include "sync/kai-desk.h"
#include <gio/gio.h>

G_BEGIN_DECLS

/* A finance server of one's own for practising: kaipiao-sandbox as a child process, with demo data and a key for its first
 * clerk. It ends with this object, and with the program, however that ends. */
#define KAI_TYPE_TRAINING (kai_training_get_type ())
G_DECLARE_FINAL_TYPE (KaiTraining, kai_training, KAI, TRAINING, GObject)

/* Everything lies below @home/training. */
KaiTraining *kai_training_new (const char *home);
void kai_training_start_async (KaiTraining *self, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data);
/* How to sign in there, NULL on error; @pin is set; caller frees both. */
KaiConnection *kai_training_start_finish (KaiTraining *self, GAsyncResult *result, char **pin,
                                          GError **error);
void kai_training_stop (KaiTraining *self);

G_END_DECLS
