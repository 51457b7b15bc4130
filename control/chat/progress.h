// Progress for a waiting user: one message per user, replaced at most once a second, from what the
// Product Owner says during a turn and from task_progress of the user's tasks.
//
// Nothing of it is stored: a daemon that restarts begins a new message. Two daemons share the rate
// through a Redis key that expires after the pause. Thread: `show` and `end` from any thread,
// `run_once` from one.
#pragma once

#include "control/bus/bus.h"
#include "control/chat/desk.h"

#include <map>
#include <mutex>

namespace control::chat {

class Progress {
public:
    explicit Progress(const ChatNeeds& needs) : needs_(needs), bus_(needs.redis) {}

    void show(const Shown& shown);
    // Reads the tasks' progress, and sends what is due. Returns the time until more may be due.
    [[nodiscard]] Result<std::chrono::milliseconds> run_once();
    void interrupt() { bus_.interrupt(); }

private:
    struct Line {
        Place place{};
        std::string message_id{};  // of the message to replace; empty: none is shown
        std::string pending{};
        std::string shown{};
    };

    [[nodiscard]] Result<void> follow_tasks();
    void take_event(const FollowedTask& task, const contracts::Entry& entry);
    [[nodiscard]] Result<void> send(const std::string& user_id, Line& line);

    const ChatNeeds& needs_;
    Bus bus_;
    std::mutex guard_;
    std::map<std::string, Line> lines_;             // by user
    std::map<std::string, std::string> last_seen_;  // by task: the id of its last event
};

}  // namespace control::chat
