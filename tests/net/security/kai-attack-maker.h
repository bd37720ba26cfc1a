#pragma once

#include "kai-test-keys.h"
#include "messages/kai-net-error.h"

G_BEGIN_DECLS

/* Every attack on a signed message that must fail, for the verifier, for the client and for the server alike. */

typedef struct
{
  const char *name;   /* "body/moved" */
  const char *symbol; /* of the result code that refuses it */
  KaiNetError code;
} KaiAttack;

/* What an attacker may have: a good message of @signer, keys that @root (trusted) once certified, among them one that was revoked. */
typedef struct
{
  KaiTestKey *root, *signer, *revoked;
  gint64 now;
} KaiAttackKeys;

extern const guint kai_n_attacks;
const KaiAttack *kai_attack_get (guint n);
/* @good: an envelope signed with keys->signer (P-256). Caller frees. */
GBytes *kai_attack_make (guint n, GBytes *good, const KaiAttackKeys *keys);

G_END_DECLS
