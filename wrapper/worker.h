// The worker: reads its input, runs the agent, publishes the answer once, and continues (po) or
// exits (developer).
//
// One thread and one poll. Its states:
//
//   Recovering ─▶ Waiting ─▶ Asking ─▶ Working ─▶ Delivering ─▶ Waiting | Leaving
//
// Recovering publishes results that a previous run finished without seeing them arrive. Asking
// finds out whether the request was already answered and which conversation it continues. SIGTERM
// leads to Leaving: at once from Waiting, after the agent's grace period from Working.
#pragma once

#include "wrapper/announcements.h"
#include "wrapper/assignment.h"
#include "wrapper/delivery/inbox.h"
#include "wrapper/delivery/journal.h"
#include "wrapper/delivery/outbox.h"
#include "wrapper/delivery/state_file.h"
#include "wrapper/wall/agent_door.h"
#include "wrapper/wall/relay.h"

#include <variant>

namespace wrapper {

// Exit codes other than 0.
inline constexpr int kExitUnavailable = 69;
inline constexpr int kExitInternal = 70;
inline constexpr int kExitConfiguration = 78;
inline constexpr int kExitTerminated = 143;

class Worker {
public:
    // Borrows settings and clock.
    Worker(const Settings& settings, const contracts::Clock& clock, contracts::Log log,
           Signals signals, Journal journal, std::unique_ptr<Runner> runner);

    // Runs until there is nothing more to do. Returns the exit code.
    [[nodiscard]] int run();

private:
    struct Recovering {
        std::vector<Owed> owed;
        std::size_t at = 0;
    };
    struct Waiting {};
    struct Asking {
        Task task;
        int pages_left = 0;  // of the output stream, still to be searched
        bool prepared = false;
        std::vector<std::string> environment{};  // the agent's
    };
    struct Working {
        Task task;
    };
    struct Delivering {
        contracts::Instant since{};
        bool synced = false;
    };
    struct Leaving {
        int code = 0;
        contracts::Instant until{};
    };
    using State = std::variant<Recovering, Waiting, Asking, Working, Delivering, Leaving>;

    void begin();
    void watch();
    void meanwhile();
    void step();
    void refuse_cluster();
    void reap();
    // One step of the state; true when it changed and the next step can follow at once.
    [[nodiscard]] bool advance();
    [[nodiscard]] bool on(Recovering& state);
    [[nodiscard]] bool on(Waiting& state);
    [[nodiscard]] bool on(Asking& state);
    [[nodiscard]] bool on(Working& state);
    [[nodiscard]] bool on(Delivering& state);
    [[nodiscard]] bool on(Leaving& state);
    void enter(State state);
    void leave(int code);
    [[nodiscard]] contracts::Instant held_until(const Delivering& state) const;
    void bury_everything();
    bool take_signals();
    void on_signal(int signal);
    void beat();
    // The first commands on every new Redis connection.
    void stand_by(const contracts::OwnedCommand& status);
    // Leaves if no work has started and Redis stays unreachable; `side`: inbox or outbox. Returns
    // whether it leaves.
    template <class Side>
    [[nodiscard]] bool leave_without_redis(const Side& side);
    void tell_state();
    [[nodiscard]] std::string_view state_name() const;

    // How a task is handled: worker_task.cpp.
    void accept(contracts::Entry entry);
    // Asks whether the task was answered before; `look_from`: where the search of the output stream
    // starts.
    void ask_about(const Task& task, std::string look_from);
    [[nodiscard]] std::string output_stream() const;
    void refuse(const contracts::Entry& entry, const contracts::Error& reason);
    void give_up(const contracts::Entry& entry, Task task);
    void start_work(Asking asked, std::optional<Session> session);
    void conclude(Task task);
    void publish(const Task& task, Owed owed);
    void after_answer();
    void tell_progress(const Task& task);
    [[nodiscard]] std::vector<std::string> agent_environment();
    void tell_replaced(const AgentEnvironment& environment);
    [[nodiscard]] contracts::OwnedCommand closing_status(const Task& task,
                                                         const Outcome& outcome) const;

    const Settings& settings_;
    const contracts::Clock& clock_;
    contracts::Log own_log_;  // for what concerns no task
    contracts::Log log_;      // carries the task's correlation_id while there is one
    Signals signals_;
    Reaper reaper_;
    Tree tree_;
    Confinement wall_;
    AgentEnvironment lasting_environment_;
    std::unique_ptr<Runner> runner_;
    Journal journal_;
    StateFile state_file_;
    Outbox outbox_;
    Inbox inbox_;
    Relays relays_;
    AgentDoor door_;
    Assignment assignment_;
    Announcements announcements_;
    PollSet poll_;
    State state_;
    bool state_is_told_ = false;     // in the state file
    bool replaced_is_told_ = false;  // the agent's replaced variables are in the log
    contracts::Instant entered_{};   // when the state was entered
    contracts::Instant next_beat_{};
    contracts::Instant next_progress_{};
    contracts::Instant ours_at_{};               // when the task's entry was delivered to us
    contracts::Instant kept_at_{};               // when the claim on it was last renewed
    std::optional<contracts::Instant> stop_at_;  // SIGTERM arrived: the agent may work until then
    bool cut_off_ = false;                       // the agent had to be stopped
    std::optional<int> exit_code_;
};

}  // namespace wrapper
