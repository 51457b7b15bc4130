// POST /api/webhooks/github: what GitHub reports about repositories.
//
// A delivery is signed with a secret that only GitHub and we have; without the secret in our
// settings this route does not exist. A repeated delivery is answered and changes nothing. The
// content is not trusted: a delivery only makes the flows of that repository look at once.
#pragma once

#include "control/api/exchange.h"

namespace control {

void handle_github_webhook(Exchange&& exchange);

}  // namespace control
