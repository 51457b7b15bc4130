// POST /api/webhooks/github: what GitHub reports about repositories.
//
// A delivery is signed with a secret that only GitHub and we have; without the secret in our
// settings there is no such route. A delivery that was received before is answered and changes
// nothing. Nothing in it is believed: it only makes flows of that repository look at once.
#pragma once

#include "control/api/exchange.h"

namespace control {

void handle_github_webhook(Exchange&& exchange);

}  // namespace control
