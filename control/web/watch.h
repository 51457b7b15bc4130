// What signed-in pages see live. A page names the API's paths that it shows; each is asked again as
// the page's token when the store has moved, and its answer is sent to whoever has not seen it. So
// a page shows what the API says and nothing else, and one that comes again after any while gets
// what differs: the id of an event is the digests of all that was seen.
//
// Pages of one token that show the same share the question. The store is asked at most every
// kLeast, and for at most a fifth of the time.
#pragma once

#include "control/jobs/loop.h"
#include "control/store/web_sessions.h"
#include "control/web/board.h"
#include "control/web/needs.h"

#include <map>

namespace control::web {

inline constexpr std::size_t kMaxPaths = 16;  // of one page
inline constexpr std::size_t kMaxPages = 32;  // of one session

class Watch {
public:
    static constexpr std::chrono::milliseconds kLook{20};   // whether the store has moved
    static constexpr std::chrono::milliseconds kLeast{80};  // from one round to the next
    // Also where this daemon's store has not moved: another daemon's may have.
    static constexpr std::chrono::milliseconds kAnyway{1'000};
    static constexpr std::chrono::milliseconds kAnywayShared{200};

    explicit Watch(const WebNeeds& needs);
    ~Watch() { stop(); }
    void start() { loop_.start(); }
    // Ends the streams.
    void stop();
    [[nodiscard]] Result<void> health() const { return loop_.health(); }

    // `paths`: one a line, of the API's. The answer is a stream of events: "answer" with
    // {"watch": index, "status", "body", "next"?}, and "ended" when the session has. Failure:
    // `invalid`; `transient` where too many watch.
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
