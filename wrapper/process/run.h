// One run of one program behind the wall, from its start until the last process that came of it is
// dead and reaped.
//
// It is over when the first process has ended and nobody is left: what the first process leaves
// behind is killed, and does not keep us by holding its output open. One absolute deadline; past it
// the whole tree gets TERM and, after `grace`, KILL. Thread: the loop's.
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
// A process that the kernel cannot kill must not keep us for ever.
inline constexpr std::chrono::seconds kKillPatience{10};

class Run {
public:
    // Borrows all of them.
    Run(const contracts::Clock& clock, const Tree& tree, OutputSink& sink);

    // What `start` does first, for who has a moment to spare before it.
    void prepare(const Confinement& wall);
    // What the last run left us to close, for a moment in which nobody waits for us.
    void tidy() { spent_ = Pipes{}; }
    // `input` goes to the program's stdin, which is then closed, or with `converses` kept open
    // until `end_input`. Without either its stdin is /dev/null: programs that find a pipe there may
    // read it. On failure the run is over with Ending::not_started.
    void start(const Launch& launch, const Confinement& wall, std::string input,
               contracts::Instant deadline, bool converses = false);
    // More for the stdin of a program that converses.
    void say(std::string_view words) { input_.append(words); }
    // All is said: its stdin is closed, and unless it has gone by `leave_by` it is ended, as
    // Ending::dismissed. The first `leave_by` counts, until `go_on`.
    void end_input(contracts::Instant leave_by);
    // It works on after all.
    void go_on() { leave_by_.reset(); }
    // Ends it early, as Ending::stopped unless all was said before.
    void stop();

    void watch(PollSet& poll);
    void step(const PollSet& poll);
    // Every death goes here, whoever died; `childless`: nobody is left at all.
    void on_death(const Death& death);
    void on_reaped(bool childless);

    [[nodiscard]] bool over() const { return phase_ == Phase::over; }
    // Everybody was told to die: the dead are looked for often, whether or not a signal says so.
    [[nodiscard]] bool burying() const { return phase_ == Phase::killing; }
    // Once it is over.
    [[nodiscard]] const Receipt& receipt() const { return receipt_; }

private:
    enum class Phase { running, stopping, killing, over };

    void feed();
    // When the phase ends at the latest.
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
    Pipes pipes_;     // its, or made for the next
    Pipes spent_;     // of the run before
    std::string input_;
    std::size_t fed_ = 0;
    bool converses_ = false;
    std::optional<contracts::Instant> leave_by_;  // all is said
    bool childless_ = false;                      // nobody is left of the run before
    std::optional<contracts::Instant> cleared_;   // when everybody there was told to die
    contracts::Instant started_{};
    contracts::Instant deadline_{};   // of the phase
    contracts::Instant next_kill_{};  // in Phase::killing
    PollSet::Slot input_slot_ = PollSet::kNone;
    PollSet::Slot output_slot_ = PollSet::kNone;
    PollSet::Slot errors_slot_ = PollSet::kNone;
};

}  // namespace wrapper
