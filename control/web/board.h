// Connects questions with the pages that watch them: the asking thread writes answers here, and
// each stream of events reads what it has not sent. Thread: any; `guard` is only held briefly.
#pragma once

#include "control/http/event_stream.h"

#include <map>
#include <mutex>
#include <vector>

namespace control::web {

// One path of the API, as one token sees it.
struct Topic {
    std::string token;
    std::string path;
    std::string digest;                       // the answer's digest; empty: not asked yet
    std::shared_ptr<const std::string> text;  // `"status":200,"body":…`
};

class Watcher;

struct Board {
    std::mutex guard;
    bool closed = false;
    std::map<std::pair<std::string, std::string>, std::weak_ptr<Topic>> topics;
    std::vector<std::weak_ptr<Watcher>> watchers;

    // Call each of these with `guard` held.
    [[nodiscard]] std::shared_ptr<Topic> topic(const std::string& token, const std::string& path);
    [[nodiscard]] std::vector<std::shared_ptr<Watcher>> living();
    void forget_the_gone();
};

// One page's stream. It has no queue: what differs from the board was not sent yet.
class Watcher final : public EventBody {
public:
    Watcher(std::shared_ptr<Board> board, std::string session,
            std::vector<std::shared_ptr<Topic>> topics, std::string_view last_id);

    [[nodiscard]] const std::string& session() const { return session_; }
    [[nodiscard]] const std::string& token() const { return topics_.front()->token; }
    // Call both with the board's guard held.
    [[nodiscard]] bool is_behind() const;
    void end_session() { ended_ = true; }
    void wake() const;

private:
    void listen(std::function<void()> wake) override;
    [[nodiscard]] std::optional<ServerEvent> next_event() override;
    [[nodiscard]] bool is_over() const override;

    std::shared_ptr<Board> board_;
    std::string session_;
    std::vector<std::shared_ptr<Topic>> topics_;
    std::vector<std::string> seen_;  // a digest per topic
    std::function<void()> wake_;
    bool ended_ = false;
    bool told_end_ = false;
};

}  // namespace control::web
