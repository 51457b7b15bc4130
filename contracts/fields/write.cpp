#include "contracts/fields/write.h"

#include <utility>
#include <vector>

namespace contracts {

namespace {

// Writes the members of an object into a tree.
class Tree {
public:
    template <class Value>
    void put(std::string_view name, Value&& value) {
        object_[std::string(name)] = std::forward<Value>(value);
    }
    void put_group(std::string_view name, Group& nested) { put(name, write_group(nested)); }
    [[nodiscard]] Json take() { return std::move(object_); }

private:
    Json object_ = Json::object();
};

// Writes the members of an object as text, in the order of their names, as a tree has them. To
// build and destroy a tree first would take longer than everything else that is done for a message.
class Text {
public:
    void put(std::string_view name, std::string_view value) {
        add(name, [&] { append_json(text_, value); });
    }
    void put(std::string_view name, const std::string& value) {
        put(name, std::string_view(value));
    }
    void put(std::string_view name, std::int64_t value) {
        add(name, [&] { text_ += std::to_string(value); });
    }
    void put(std::string_view name, bool value) {
        add(name, [&] { text_ += value ? "true" : "false"; });
    }
    void put(std::string_view name, const Json& value) {
        add(name, [&] { text_ += dump_json(value); });
    }
    void put_group(std::string_view name, Group& nested) {
        add(name, [&] { text_ += format_group(nested); });
    }

    [[nodiscard]] std::string take() {
        std::string whole;
        whole.reserve(text_.size() + members_.size() + 2);
        whole += '{';
        for (const Member& member : members_) {
            if (whole.size() > 1) whole += ',';
            whole.append(text_, member.begin, member.size);
        }
        whole += '}';
        return whole;
    }

private:
    struct Member {
        std::string_view name;
        std::size_t begin;  // in `text_`
        std::size_t size;
    };

    // Fields' names need no escapes.
    template <class AppendValue>
    void add(std::string_view name, AppendValue append_value) {
        const std::size_t begin = text_.size();
        text_ += '"';
        text_.append(name).append("\":");
        append_value();
        members_.push_back({name, begin, text_.size() - begin});
        for (std::size_t i = members_.size() - 1; i > 0 && name < members_[i - 1].name; --i)
            std::swap(members_[i], members_[i - 1]);
    }

    std::string text_;
    std::vector<Member> members_;  // by name
};

template <class Object>
class Writer final : public FieldVisitor {
public:
    explicit Writer(Object& object) : object_(object) {}

    void text(const Field& f, std::string& m, bool& present) override {
        if (present) object_.put(f.name, std::move(m));
    }
    void integer(const Field& f, std::int64_t& m, bool& present) override {
        if (present) object_.put(f.name, m);
    }
    void real(const Field& f, double& m, bool& present) override {
        if (present) object_.put(f.name, Json(m));
    }
    void boolean(const Field& f, bool& m, bool& present) override {
        if (present) object_.put(f.name, m);
    }
    void instant(const Field& f, Timestamp& m, bool& present) override {
        if (present) object_.put(f.name, format_timestamp(m));
    }
    void choice(const Field& f, std::size_t& index, Choices names, bool& present) override {
        if (present) object_.put(f.name, names[index]);
    }
    void texts(const Field& f, std::vector<std::string>& m, bool& present) override {
        if (present) object_.put(f.name, Json(std::move(m)));
    }
    void choice_list(const Field& f, std::vector<std::size_t>& m, Choices names,
                     bool& present) override {
        if (!present) return;
        Json list = Json::array();
        for (const std::size_t index : m)
            list.push_back(names[index]);
        object_.put(f.name, std::move(list));
    }
    void table(const Field& f, std::map<std::string, std::string>& m, bool& present) override {
        if (present) object_.put(f.name, Json(std::move(m)));
    }
    void document(const Field& f, Json& m, bool& present) override {
        if (present) object_.put(f.name, std::move(m));
    }
    void group(const Field& f, Group& nested, bool& present) override {
        if (present) object_.put_group(f.name, nested);
    }

private:
    Object& object_;
};

template <class Object>
auto write(Group& group) {
    Object object;
    Writer<Object> writer(object);
    FieldList fields(writer);
    group.visit(fields);
    return object.take();
}

}  // namespace

Json write_group(Group& group) {
    return write<Tree>(group);
}

std::string format_group(Group& group) {
    return write<Text>(group);
}

}  // namespace contracts
