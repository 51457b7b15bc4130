// The four views of a worker (store, runtime, bus, directories), and the rule for each way in which
// they can disagree. The manager applies the rules at its start, after a gap in the runtime's
// events and once a minute; `orchestratord doctor` prints what they say of each worker now.
// docs/RECONCILE.md is made from this table.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace control {

// `absent`: no row; `removed`: one of a worker that is gone.
enum class InStore { absent, removed, queued, creating, running, paused, ended };
inline constexpr std::string_view kInStoreNames[] = {"absent",  "removed", "queued", "creating",
                                                     "running", "paused",  "ended"};
enum class InRuntime { absent, running, paused, ended };
inline constexpr std::string_view kInRuntimeNames[] = {"absent", "running", "paused", "ended"};
// `unknown`: Redis does not answer. `present`: its status or heartbeat is there.
enum class OnBus { absent, present, unknown };
inline constexpr std::string_view kOnBusNames[] = {"absent", "present", "unknown"};
// `described`: with the manifest that it takes to get its row back.
enum class OnDisk { absent, present, described };
inline constexpr std::string_view kOnDiskNames[] = {"absent", "present", "described"};

struct WorkerViews {
    InStore store = InStore::absent;
    InRuntime runtime = InRuntime::absent;
    OnBus bus = OnBus::absent;
    OnDisk disk = OnDisk::absent;
};

enum class Remedy {
    settle,              // look at its end, answer what it owes, end its row
    adopt,               // make its row again
    resume,              // let it go on
    clear_mark,          // it is not frozen
    end_instance,        // kill what lives
    remove_instance,     // of what has ended
    remove_directories,  // once nobody has changed them for a day
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

// Which values of a view a rule is for.
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
    std::string_view what;  // is done and why, as people read it
};

[[nodiscard]] std::span<const ReconcileRule> reconcile_rules();
// The first rule that is for them; null: the views agree, or will by themselves.
[[nodiscard]] const ReconcileRule* rule_for(const WorkerViews& views);
// docs/RECONCILE.md.
[[nodiscard]] std::string describe_reconcile_rules();

}  // namespace control
