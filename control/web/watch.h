// Live data for signed-in pages. A page names the API's paths that it shows; each is requested
// again with the page's token when the store has changed, and the answer is sent to pages that have
// not seen it. So a page shows exactly what the API returns, and a page that reconnects gets the
// differences: the id of an event contains the digests of everything that was seen.
//
// Pages of one token that show the same path share the request. The store is read at most every
// kLeast, and for at most a fifth of the time.
#pragma once

#include "control/jobs/loop.h"
#include "control/store/web_sessions.h"
#include "control/web/board.h"
#include "control/web/needs.h"

#include <map>

namespace control::web {

inline constexpr std::size_t kMaxPaths = 16;  // per page
inline constexpr std::size_t kMaxPages = 32;  // per session

class Watch {
public:
    static constexpr std::chrono::milliseconds kLook{20};   // how often to check whether the store
                                                            // has changed
    static constexpr std::chrono::milliseconds kLeast{80};  // between two rounds
    // Also if this daemon's store has not changed, because another daemon may have changed it.
    static constexpr std::chrono::milliseconds kAnyway{1'000};
    static constexpr std::chrono::milliseconds kAnywayShared{200};

    explicit Watch(const WebNeeds& needs);
    ~Watch() { stop(); }
    void start() { loop_.start(); }
    // Ends the streams.
    void stop();
    [[nodiscard]] Result<void> health() const { return loop_.health(); }

    // `paths`: paths of the API, one per line. The answer is a stream of events: "answer" with
    // {"watch": index, "status", "body", "next"?}, and "ended" when the session has ended. Failure:
    // `invalid`; `transient` if too many pages watch.
    [[nodiscard]] Result<HttpResponse> join(const SignedIn& who, std::string_view paths,
                                            std::string_view last_id);

private:
    [[nodiscard]] Result<std::chrono::milliseconds> pass(const std::stop_token& stop);
    [[nodiscard]] bool is_due(CommitSequence commits) const;
    [[nodiscard]] Result<void> ask_all(bool only_new, const std::stop_token& stop);
    [[nodiscard]] Result<void> look_at_sessions();
    void ask_one(const Token& token, Topic& topic);

    const WebNeeds& needs_;
    std::shared_ptr<Board> board_;
    CommitSequence seen_commits_ = 0;
    contracts::Instant asked_at_{};
    contracts::Instant next_at_{};
    contracts::Instant sessions_at_{};
    Wake wake_;
    Loop loop_;
};

}  // namespace control::web
