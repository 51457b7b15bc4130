// Keeps other sites, and text written by agents, from acting as the signed-in person.
#pragma once

#include "control/http/message.h"

namespace control::web {

// Accepts only requests of the page itself: no other site can send this header, or this origin.
// Fails with `permission`.
[[nodiscard]] contracts::Result<void> check_from_page(const HttpRequest& request);
// The same for requests that cannot have the header: a stream of events, which changes nothing.
[[nodiscard]] contracts::Result<void> check_same_site(const HttpRequest& request);

// Adds headers that forbid a browser everything the page does not need: scripts and styles come
// from here and from files only, and no site may frame the page.
[[nodiscard]] HttpResponse guarded(HttpResponse response);

// The value of a cookie; empty if it was not sent.
[[nodiscard]] std::string_view cookie(const HttpRequest& request, std::string_view name);

}  // namespace control::web
