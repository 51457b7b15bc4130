// One run of one program behind the wall, from its start until the last of its processes is dead
// and reaped.
//
// A run is over when its first process has ended and no other process of the run is left. Processes
// that the first one leaves running are killed; they cannot delay us by holding its output open.
// There is one absolute deadline; after it the whole tree gets TERM and, after kStopGrace, KILL.
// Thread: the loop's.
#pragma once

#include "contracts/base/clock.h"
#include "wrapper/loop/output_sink.h"
#include "wrapper/process/memory_counters.h"
#include "wrapper/process/reaper.h"
#include "wrapper/process/receipt.h"
#include "wrapper/process/spawn.h"
#include "wrapper/process/tree.h"

namespace wrapper {

inline constexpr std::chrono::seconds kStopGrace{5};
// A process that the kernel cannot kill must not block us forever.
inline constexpr std::chrono::seconds kKillPatience{10};

class Run {
public:
    // Borrows all of them.
    Run(const contracts::Clock& clock, const Tree& tree, OutputSink& sink);

    // Does the first part of `start` early, for callers with time to spare.
    void prepare(const Confinement& wall);
    // Closes what the previous run left open, at a moment when no request is waiting.
    void tidy() { spent_ = Pipes{}; }
    // `input` goes to the program's stdin, which is then closed, or with `converses` kept open
    // until `end_input`. Without either its stdin is /dev/null: programs that find a pipe there may
    // read it. On failure the run is over with Ending::not_started.
    void start(const Launch& launch, const Confinement& wall, std::string input,
               contracts::Instant deadline, bool converses = false);
    // More input for a program that converses.
    void say(std::string_view words) { input_.append(words); }
    // The agent has finished: closes its stdin. If it has not exited by `leave_by`, it is ended
    // with Ending::dismissed. The first `leave_by` counts, until `go_on`.
    void end_input(contracts::Instant leave_by);
    // The agent has continued to work after all.
    void go_on() { leave_by_.reset(); }
    // Ends it early, with Ending::stopped unless `end_input` came first.
    void stop();

    void watch(PollSet& poll);
    void step(const PollSet& poll);
    // Receives every reaped child. `childless`: this process has no children left.
    void on_death(const Death& death);
    void on_reaped(bool childless);

    [[nodiscard]] bool over() const { return phase_ == Phase::over; }
    // KILL has been sent: reap often, whether or not SIGCHLD arrives.
    [[nodiscard]] bool burying() const { return phase_ == Phase::killing; }
    // Only when `over`.
    [[nodiscard]] const Receipt& receipt() const { return receipt_; }

private:
    enum class Phase { running, stopping, killing, over };

    void feed();
    // The latest moment at which the phase ends.
    [[nodiscard]] contracts::Instant phase_end() const;
    [[nodiscard]] bool nobody_is_there() const;
    [[nodiscard]] std::chrono::milliseconds kill_again() const;
    void drain();
    void begin_stop(Ending why);
    void begin_kill();
    void kill_all(contracts::Instant now);
    void finish();

    const contracts::Clock& clock_;
    const Tree& tree_;
    OutputSink& sink_;
    Phase phase_ = Phase::over;
    Receipt receipt_;
    MemoryCounters memory_;
    std::int64_t oom_kills_before_ = 0;
    pid_t pid_ = -1;  // of the first process, while it lives
    Pipes pipes_;     // of this run, or prepared for the next
    Pipes spent_;     // of the previous run
    std::string input_;
    std::size_t fed_ = 0;
    bool converses_ = false;
    std::optional<contracts::Instant> leave_by_;  // the agent has finished
    bool childless_ = false;                      // no process is left of the previous run
    std::optional<contracts::Instant> cleared_;   // when KILL was last sent to every process
    contracts::Instant started_{};
    contracts::Instant deadline_{};   // of the phase
    contracts::Instant next_kill_{};  // in Phase::killing
    PollSet::Slot input_slot_ = PollSet::kNone;
    PollSet::Slot output_slot_ = PollSet::kNone;
    PollSet::Slot errors_slot_ = PollSet::kNone;
};

}  // namespace wrapper
