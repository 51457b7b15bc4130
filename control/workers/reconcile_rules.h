// The four views of a worker (store, runtime, bus, directories), and the rule for each way in which
// they can disagree. The manager applies the rules at its start, after a gap in the runtime's
// events and once a minute; `orchestratord doctor` prints which of them apply now.
// docs/RECONCILE.md is generated from this table.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace control {

// `absent`: no row; `removed`: the row of a removed worker.
enum class InStore { absent, removed, queued, creating, running, paused, ended };
inline constexpr std::string_view kInStoreNames[] = {"absent",  "removed", "queued", "creating",
                                                     "running", "paused",  "ended"};
enum class InRuntime { absent, running, paused, ended };
inline constexpr std::string_view kInRuntimeNames[] = {"absent", "running", "paused", "ended"};
// `unknown`: Redis does not answer. `present`: there is a status or a heartbeat.
enum class OnBus { absent, present, unknown };
inline constexpr std::string_view kOnBusNames[] = {"absent", "present", "unknown"};
// `described`: with the manifest that is needed to restore the row.
enum class OnDisk { absent, present, described };
inline constexpr std::string_view kOnDiskNames[] = {"absent", "present", "described"};

struct WorkerViews {
    InStore store = InStore::absent;
    InRuntime runtime = InRuntime::absent;
    OnBus bus = OnBus::absent;
    OnDisk disk = OnDisk::absent;
};

enum class Remedy {
    settle,              // read how it ended, answer its open requests, end its row
    adopt,               // restore its row
    resume,              // resume it
    clear_mark,          // remove the mark from the row, because it is not frozen
    end_instance,        // kill what runs
    remove_instance,     // remove an instance that has ended
    remove_directories,  // after they were unchanged for a day
    erase_from_bus,
    ask_person,
};
inline constexpr std::string_view kRemedyNames[] = {"settle",
                                                    "adopt",
                                                    "resume",
                                                    "clear_mark",
                                                    "end_instance",
                                                    "remove_instance",
                                                    "remove_directories",
                                                    "erase_from_bus",
                                                    "ask_person"};

// The values of a view to which a rule applies.
template <class View>
class Among {
public:
    constexpr Among(std::initializer_list<View> views) {
        for (const View view : views)
            bits_ |= bit(view);
    }
    [[nodiscard]] static constexpr Among any() { return Among(~0U); }
    [[nodiscard]] constexpr bool has(View view) const { return (bits_ & bit(view)) != 0; }
    [[nodiscard]] constexpr bool is_any() const { return bits_ == ~0U; }

private:
    explicit constexpr Among(std::uint32_t bits) : bits_(bits) {}
    static constexpr std::uint32_t bit(View view) { return 1U << static_cast<unsigned>(view); }
    std::uint32_t bits_ = 0;
};

struct ReconcileRule {
    std::string_view name;
    Among<InStore> store;
    Among<InRuntime> runtime;
    Among<OnBus> bus;
    Among<OnDisk> disk;
    Remedy remedy;
    std::string_view what;  // what is done and why, for people
};

[[nodiscard]] std::span<const ReconcileRule> reconcile_rules();
// The first rule that applies; null: the views agree, or soon will.
[[nodiscard]] const ReconcileRule* rule_for(const WorkerViews& views);
// The content of docs/RECONCILE.md.
[[nodiscard]] std::string describe_reconcile_rules();

}  // namespace control
