// The web page: its files, signing in, the API with the signed-in person's token, and a stream of
// changes. Everything is below /web/. Thread: handlers run on the server's loop and leave questions
// to the store to threads of ours.
#pragma once

#include "control/http/static_files.h"
#include "control/jobs/job_pool.h"
#include "control/web/sign_in.h"
#include "control/web/watch.h"

#include <atomic>

namespace control::web {

class Web {
public:
    // Database and clock outlive it.
    explicit Web(WebNeeds needs);
    ~Web() { stop(); }

    void start() { watch_.start(); }
    void stop();
    [[nodiscard]] Result<void> health() const { return watch_.health(); }

    void handle(HttpRequest request, HttpReply reply);

private:
    using Part = void (Web::*)(HttpRequest, const HttpReply&);

    void later(Part part, HttpRequest request, HttpReply reply);
    void serve_session(HttpRequest request, const HttpReply& reply);
    void serve_events(HttpRequest request, const HttpReply& reply);
    void serve_api(HttpRequest request, const HttpReply& reply);

    const WebNeeds needs_;
    SignIn sign_in_;
    Watch watch_;
    StaticFiles files_;
    std::atomic<std::uint64_t> jobs_ = 0;
    JobPool pool_;
};

}  // namespace control::web
