// A message is one list of fields. Its struct has one function that names them,
//
//     void visit_fields(EngineeringMessage& message, FieldList& fields) {
//         visit_fields(static_cast<BaseMessage&>(message), fields);
//         fields.required("task_id", message.task_id, kIdentifier);
//     }
//
// and everything else that is known about the message comes from that list: reading with validation
// (read.h), writing (write.h), the JSON Schema (schema.h), and what tests generate. Each of these
// is a FieldVisitor; a FieldList is what the message sees of it. The visitor's calls are virtual on
// purpose: a message costs one small function in the binary, however many visitors there are.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/json.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace contracts {

enum class Presence {
    required,   // absent: refused
    optional,   // absent: the member stays empty
    defaulted,  // absent: the member keeps the value its struct gives it
    filled,     // absent: the reader supplies it, because older writers leave it out
};

// Beyond this, a JSON number with a point may differ from what its writer wrote.
inline constexpr std::int64_t kExactInteger = 9'007'199'254'740'992;

// A form that a text must have, with a name. For a document, any words mean that it must be an
// object.
struct TextShape {
    std::string_view pattern{};  // the regular expression of the JSON Schema; empty: any text
    bool (*matches)(std::string_view) = nullptr;  // the same rule as code
    std::string_view words{};                     // the same rule for people
    // An integer is read as its decimal digits.
    bool takes_integer = false;
};

// The bounds of a field: the value of a number, the bytes of a text, the entries of a list or a
// table.
struct Bounds {
    std::int64_t low = std::numeric_limits<std::int64_t>::min();
    std::int64_t high = std::numeric_limits<std::int64_t>::max();
    TextShape shape{};
};

inline constexpr Bounds kUnbounded{};

// One entry of a field list, valid only during its visit.
struct Field {
    std::string_view name;
    Presence presence;
    const Bounds& bounds;
};

// The names that an enum has on the wire, in the order of its values: overload `choices_of` next to
// the enum.
using Choices = std::span<const std::string_view>;

class FieldList;

// A message, seen without its type.
class Group {
public:
    virtual ~Group() = default;
    virtual void visit(FieldList& fields) = 0;
};

// Borrows the message.
template <class M>
class GroupOf final : public Group {
public:
    explicit GroupOf(M& message) : message_(message) {}
    void visit(FieldList& fields) override { visit_fields(message_, fields); }

private:
    M& message_;
};

class FieldVisitor {
public:
    virtual ~FieldVisitor() = default;
    // `present`: on entry, whether the member has a value; on return, whether it has one now.
    virtual void text(const Field&, std::string&, bool& present) = 0;
    virtual void integer(const Field&, std::int64_t&, bool& present) = 0;
    virtual void real(const Field&, double&, bool& present) = 0;
    virtual void boolean(const Field&, bool&, bool& present) = 0;
    virtual void instant(const Field&, Timestamp&, bool& present) = 0;
    virtual void choice(const Field&, std::size_t& index, Choices, bool& present) = 0;
    virtual void texts(const Field&, std::vector<std::string>&, bool& present) = 0;
    virtual void choice_list(const Field&, std::vector<std::size_t>&, Choices, bool& present) = 0;
    virtual void table(const Field&, std::map<std::string, std::string>&, bool& present) = 0;
    virtual void document(const Field&, Json&, bool& present) = 0;
    virtual void group(const Field&, Group&, bool& present) = 0;
};

// A text of identifier size: ours are UUIDs, older writers' may be integers.
extern const Bounds kIdentifier;
// 1 to 63 of a-z 0-9 _ -, beginning with a letter: names that end up in containers, repositories
// and DNS.
extern const Bounds kName;
// 40 (or, for SHA-256 repositories, 64) lower-case hexadecimal digits.
extern const Bounds kCommit;
inline constexpr std::int64_t kMaxTextBytes = 16 << 20;
inline constexpr Bounds kShortText{0, 1024};
inline constexpr Bounds kLongText{0, kMaxTextBytes};
inline constexpr Bounds kNonEmptyText{1, kMaxTextBytes};
inline constexpr Bounds kNotNegative{0, std::numeric_limits<std::int64_t>::max()};
// A document that is an object.
inline constexpr Bounds kObject{.shape = {.words = "an object"}};
// A turn's `timeout`: one second to one day.
inline constexpr Bounds kTurnSeconds{1, 86'400};

class FieldList {
public:
    explicit FieldList(FieldVisitor& visitor) : visitor_(visitor) {}

    template <class T>
    void required(std::string_view name, T& member, const Bounds& bounds = kUnbounded) {
        bool present = true;
        apply(Field{name, Presence::required, bounds}, member, present);
    }
    template <class T>
    void defaulted(std::string_view name, T& member, const Bounds& bounds = kUnbounded) {
        bool present = true;
        apply(Field{name, Presence::defaulted, bounds}, member, present);
    }
    template <class T>
    void filled(std::string_view name, T& member, const Bounds& bounds = kUnbounded) {
        bool present = true;
        apply(Field{name, Presence::filled, bounds}, member, present);
    }
    template <class T>
    void optional(std::string_view name, std::optional<T>& member,
                  const Bounds& bounds = kUnbounded) {
        bool present = member.has_value();
        T value = present ? *std::move(member) : T{};
        apply(Field{name, Presence::optional, bounds}, value, present);
        if (present)
            member = std::move(value);
        else
            member.reset();  // NOLINT(bugprone-use-after-move): emptied for good
    }

private:
    void apply(const Field& f, std::string& m, bool& present) { visitor_.text(f, m, present); }
    void apply(const Field& f, std::int64_t& m, bool& present) { visitor_.integer(f, m, present); }
    void apply(const Field& f, double& m, bool& present) { visitor_.real(f, m, present); }
    void apply(const Field& f, bool& m, bool& present) { visitor_.boolean(f, m, present); }
    void apply(const Field& f, Timestamp& m, bool& present) { visitor_.instant(f, m, present); }
    void apply(const Field& f, std::vector<std::string>& m, bool& present) {
        visitor_.texts(f, m, present);
    }
    void apply(const Field& f, std::map<std::string, std::string>& m, bool& present) {
        visitor_.table(f, m, present);
    }
    void apply(const Field& f, Json& m, bool& present) { visitor_.document(f, m, present); }

    template <class E>
        requires std::is_enum_v<E>
    void apply(const Field& f, E& m, bool& present) {
        auto index = static_cast<std::size_t>(m);
        visitor_.choice(f, index, choices_of(m), present);
        m = static_cast<E>(index);
    }
    template <class E>
        requires std::is_enum_v<E>
    void apply(const Field& f, std::vector<E>& m, bool& present) {
        std::vector<std::size_t> indices;
        for (const E one : m)
            indices.push_back(static_cast<std::size_t>(one));
        visitor_.choice_list(f, indices, choices_of(E{}), present);
        m.clear();
        for (const std::size_t index : indices)
            m.push_back(static_cast<E>(index));
    }
    template <class M>
        requires std::is_class_v<M>
    void apply(const Field& f, M& m, bool& present) {
        GroupOf<M> nested(m);
        visitor_.group(f, nested, present);
    }

    FieldVisitor& visitor_;
};

template <class E>
    requires std::is_enum_v<E>
[[nodiscard]] std::string_view to_text(E value) {
    return choices_of(value)[static_cast<std::size_t>(value)];
}

// Empty: no such value.
template <class E>
    requires std::is_enum_v<E>
[[nodiscard]] std::optional<E> parse_choice(std::string_view text) {
    const Choices names = choices_of(E{});
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == text) return static_cast<E>(i);
    return std::nullopt;
}

}  // namespace contracts
