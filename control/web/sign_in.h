// Signing in and out: a link's secret or a token becomes a session, and its cookie. Thread: any; it
// waits for the store.
#pragma once

#include "control/store/web_sessions.h"
#include "control/web/needs.h"

namespace control::web {

class SignIn {
public:
    explicit SignIn(const WebNeeds& needs) : needs_(needs) {}

    // Whose cookie the request has. Fails with `permission`: nobody's.
    [[nodiscard]] Result<SignedIn> who(const HttpRequest& request) const;

    // POST {"link": …} or {"token": …}: 200 and the cookie, or 401.
    [[nodiscard]] HttpResponse begin(const HttpRequest& request) const;
    // Signs out, even without a session.
    [[nodiscard]] HttpResponse end(const HttpRequest& request) const;
    // As whom one is signed in.
    [[nodiscard]] static HttpResponse describe(const SignedIn& who);
    // 401 for `permission`, else what the store's failure is for a caller; the log has the cause.
    [[nodiscard]] HttpResponse refuse(const Error& error) const;

private:
    [[nodiscard]] Result<web_sessions::Made> make(const contracts::Json& body,
                                                  const HttpRequest& request) const;
    [[nodiscard]] std::string cookie_line(std::string_view secret,
                                          std::chrono::seconds lasts) const;

    const WebNeeds& needs_;
};

}  // namespace control::web
