// Signing in and out: a link's secret or a token becomes a session with a cookie. Thread: any; it
// waits for the store.
#pragma once

#include "control/store/web_sessions.h"
#include "control/web/needs.h"

namespace control::web {

class SignIn {
public:
    explicit SignIn(const WebNeeds& needs) : needs_(needs) {}

    // The session of the request's cookie. Fails with `permission` if there is none.
    [[nodiscard]] Result<SignedIn> who(const HttpRequest& request) const;

    // POST {"link": …} or {"token": …}: 200 and the cookie, or 401.
    [[nodiscard]] HttpResponse begin(const HttpRequest& request) const;
    // Signs out, even without a session.
    [[nodiscard]] HttpResponse end(const HttpRequest& request) const;
    // Describes the signed-in session.
    [[nodiscard]] static HttpResponse describe(const SignedIn& who);
    // 401 for `permission`, otherwise the status of the store's failure; the log has the cause.
    [[nodiscard]] HttpResponse refuse(const Error& error) const;

private:
    [[nodiscard]] Result<web_sessions::Made> make(const contracts::Json& body,
                                                  const HttpRequest& request) const;
    [[nodiscard]] std::string cookie_line(std::string_view secret,
                                          std::chrono::seconds lasts) const;

    const WebNeeds& needs_;
};

}  // namespace control::web
