// What keeps other sites, and what agents wrote, from acting in a signed-in person's name.
#pragma once

#include "control/http/message.h"

namespace control::web {

// A request of the page's own: no other site can send this header, or this origin. Fails with
// `permission`.
[[nodiscard]] contracts::Result<void> check_from_page(const HttpRequest& request);
// The same of what cannot have the header: a stream of events, which only tells.
[[nodiscard]] contracts::Result<void> check_same_site(const HttpRequest& request);

// With the headers that forbid a browser everything the page does not need: scripts and styles come
// from here and from files alone, and nobody frames it.
[[nodiscard]] HttpResponse guarded(HttpResponse response);

// The value of a cookie; empty: it was not sent.
[[nodiscard]] std::string_view cookie(const HttpRequest& request, std::string_view name);

}  // namespace control::web
