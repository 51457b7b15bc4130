#include "wrapper/process/run.h"

#include "wrapper/loop/scratch.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <utility>

namespace wrapper {

namespace {

using contracts::UniqueFd;

// For a reach that looks processes up: one may have forked during the look-up.
constexpr std::chrono::milliseconds kKillAgain{20};
// One system call reaches every process; the repetition is for those that it could not reach then.
constexpr std::chrono::milliseconds kKillAllAgain{500};
// Many dead processes are reaped together: to wake for each one would take longer than their
// deaths.
constexpr std::chrono::milliseconds kBury{1};
constexpr int kReadsPerStep = 4;
// Too short a time for another process to have entered the namespace since then.
constexpr std::chrono::milliseconds kClearFor{20};

// Passes on what is available. A pipe that cannot be read would wake us forever, so it is closed.
template <class Take>
void read_some(UniqueFd& fd, int reads, Take&& take) {
    const std::span<char> buffer = scratch();
    while (fd.valid() && reads-- > 0) {
        const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
        if (size > 0)
            take(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
        else if (size < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        else
            fd.reset();
    }
}

std::chrono::microseconds duration_of(const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

Run::Run(const contracts::Clock& clock, const Tree& tree, OutputSink& sink)
    : clock_(clock), tree_(tree), sink_(sink) {}

void Run::prepare(const Confinement& wall) {
    if (phase_ != Phase::over) return;
    if (!pipes_.valid()) {
        contracts::Result<Pipes> made = make_pipes(wall);
        if (!made) receipt_.error = made.error().describe();
        pipes_ = std::move(made).value_or(Pipes{});
    }
    if (nobody_is_there()) return;
    cleared_ = clock_.instant();
    // No process is left of the previous run; other processes can only exist in our own namespace.
    if (!childless_ || tree_.reach() == Tree::Reach::whole_namespace) tree_.clear_leftovers();
    oom_kills_before_ = memory_.oom_kills();
}

bool Run::nobody_is_there() const {
    return cleared_ && clock_.instant() - *cleared_ <= kClearFor;
}

void Run::start(const Launch& launch, const Confinement& wall, std::string input,
                contracts::Instant deadline, bool converses) {
    started_ = clock_.instant();
    deadline_ = deadline;
    receipt_ = Receipt{};
    input_ = std::move(input);
    fed_ = 0;
    converses_ = converses;
    leave_by_.reset();
    phase_ = Phase::over;
    prepare(wall);
    if (!pipes_.valid()) return;
    if (input_.empty() && !converses_)
        if (UniqueFd nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC)); nothing.valid())
            pipes_.input.theirs = std::move(nothing);
    cleared_.reset();
    childless_ = false;
    const contracts::Result<pid_t> pid = spawn(launch, wall, pipes_);
    if (!pid) {
        pipes_ = Pipes{};
        receipt_.error = pid.error().describe();
        return;
    }
    pid_ = *pid;
    pipes_.input.theirs.reset();
    receipt_.ending = Ending::exited;
    phase_ = Phase::running;
    feed();
}

void Run::stop() {
    if (phase_ == Phase::running) begin_stop(leave_by_ ? Ending::dismissed : Ending::stopped);
}

void Run::end_input(contracts::Instant leave_by) {
    if (phase_ != Phase::running || leave_by_) return;
    leave_by_ = leave_by;
    converses_ = false;
}

contracts::Instant Run::phase_end() const {
    return phase_ == Phase::running && leave_by_ ? std::min(deadline_, *leave_by_) : deadline_;
}

void Run::watch(PollSet& poll) {
    if (phase_ == Phase::over) return;
    const bool fed = fed_ == input_.size();
    if (fed && !converses_) pipes_.input.ours.reset();
    input_slot_ = fed ? PollSet::kNone : poll.want(pipes_.input.ours.get(), POLLOUT);
    output_slot_ = poll.want(pipes_.output.ours.get(), POLLIN);
    errors_slot_ = poll.want(pipes_.errors.ours.get(), POLLIN);
    poll.wake_at(phase_end());
    if (phase_ == Phase::killing) poll.wake_at(clock_.instant() + kBury);
}

void Run::step(const PollSet& poll) {
    if (phase_ == Phase::over) return;
    if (poll.ready(input_slot_) != 0) feed();
    if (poll.ready(output_slot_) != 0)
        read_some(pipes_.output.ours, kReadsPerStep, [this](std::string_view bytes) {
            receipt_.output_bytes += bytes.size();
            sink_.output(bytes);
        });
    if (poll.ready(errors_slot_) != 0)
        read_some(pipes_.errors.ours, kReadsPerStep, [this](std::string_view bytes) {
            receipt_.error_bytes += bytes.size();
            sink_.errors(bytes);
        });
    const contracts::Instant now = clock_.instant();
    if (phase_ == Phase::running && now >= phase_end())
        begin_stop(leave_by_ ? Ending::dismissed : Ending::timed_out);
    else if (phase_ == Phase::stopping && now >= deadline_)
        begin_kill();
    else if (phase_ == Phase::killing && now >= deadline_)
        finish();
    else if (phase_ == Phase::killing && now >= next_kill_)
        kill_all(now);
}

std::chrono::milliseconds Run::kill_again() const {
    return tree_.reach() == Tree::Reach::whole_namespace ? kKillAllAgain : kKillAgain;
}

void Run::feed() {
    while (fed_ < input_.size()) {
        const ssize_t size =
            ::write(pipes_.input.ours.get(), input_.data() + fed_, input_.size() - fed_);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (size < 0) break;  // it closed its stdin, which is not an error
        fed_ += static_cast<std::size_t>(size);
    }
    std::string().swap(input_);
    fed_ = 0;
}

void Run::on_death(const Death& death) {
    if (phase_ == Phase::over) return;
    receipt_.cpu += duration_of(death.usage.ru_utime) + duration_of(death.usage.ru_stime);
    receipt_.peak_memory_bytes = std::max<std::int64_t>(receipt_.peak_memory_bytes,
                                                        std::int64_t{death.usage.ru_maxrss} << 10);
    if (death.pid != pid_) return;
    pid_ = -1;
    if (WIFEXITED(death.status))
        receipt_.exit_code = WEXITSTATUS(death.status);
    else
        receipt_.signal = WTERMSIG(death.status);
    if (phase_ == Phase::running && receipt_.signal != 0) receipt_.ending = Ending::killed;
}

// Orphans become our children, so no children means no processes; as PID 1 there may be others
// in the namespace.
void Run::on_reaped(bool childless) {
    if (phase_ == Phase::over || pid_ >= 0) return;
    childless_ = childless;
    const bool strangers = tree_.reach() == Tree::Reach::whole_namespace;
    if (phase_ == Phase::running && (!childless || strangers)) begin_kill();
    if (childless) finish();
}

void Run::begin_stop(Ending why) {
    receipt_.ending = why;
    phase_ = Phase::stopping;
    deadline_ = clock_.instant() + kStopGrace;
    tree_.signal(SIGTERM);
}

void Run::begin_kill() {
    phase_ = Phase::killing;
    const contracts::Instant now = clock_.instant();
    deadline_ = now + kKillPatience;
    kill_all(now);
}

// All processes have been killed: a run that starts soon will find none.
void Run::kill_all(contracts::Instant now) {
    next_kill_ = now + kill_again();
    cleared_ = now;
    tree_.signal(SIGKILL);
}

// All processes are dead, or we no longer wait for them. Their last output is still in the pipes.
void Run::drain() {
    constexpr int kAll = 64;  // enough for the largest possible pipe
    read_some(pipes_.output.ours, kAll, [this](std::string_view bytes) {
        receipt_.output_bytes += bytes.size();
        sink_.output(bytes);
    });
    read_some(pipes_.errors.ours, kAll, [this](std::string_view bytes) {
        receipt_.error_bytes += bytes.size();
        sink_.errors(bytes);
    });
}

void Run::finish() {
    drain();
    spent_ = std::exchange(pipes_, Pipes{});
    phase_ = Phase::over;
    receipt_.duration =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock_.instant() - started_);
    const std::int64_t oom_kills = memory_.oom_kills();
    receipt_.oom_kills = oom_kills - std::exchange(oom_kills_before_, oom_kills);
    if (!childless_) cleared_.reset();
    if (const std::int64_t peak = memory_.peak_bytes(); peak > 0) receipt_.peak_memory_bytes = peak;
}

}  // namespace wrapper
