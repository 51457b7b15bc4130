#include "contracts/fields/write.h"

namespace contracts {

namespace {

class Writer final : public FieldVisitor {
public:
    explicit Writer(Json& object) : object_(object) {}

    void text(const Field& f, std::string& m, bool& present) override {
        if (present) at(f) = std::move(m);
    }
    void integer(const Field& f, std::int64_t& m, bool& present) override {
        if (present) at(f) = m;
    }
    void real(const Field& f, double& m, bool& present) override {
        if (present) at(f) = m;
    }
    void boolean(const Field& f, bool& m, bool& present) override {
        if (present) at(f) = m;
    }
    void instant(const Field& f, Timestamp& m, bool& present) override {
        if (present) at(f) = format_timestamp(m);
    }
    void choice(const Field& f, std::size_t& index, Choices names, bool& present) override {
        if (present) at(f) = names[index];
    }
    void texts(const Field& f, std::vector<std::string>& m, bool& present) override {
        if (present) at(f) = std::move(m);
    }
    void choice_list(const Field& f, std::vector<std::size_t>& m, Choices names,
                     bool& present) override {
        if (!present) return;
        Json& list = at(f) = Json::array();
        for (const std::size_t index : m)
            list.push_back(names[index]);
    }
    void table(const Field& f, std::map<std::string, std::string>& m, bool& present) override {
        if (present) at(f) = std::move(m);
    }
    void document(const Field& f, Json& m, bool& present) override {
        if (present) at(f) = std::move(m);
    }
    void group(const Field& f, Group& nested, bool& present) override {
        if (present) at(f) = write_group(nested);
    }

private:
    Json& at(const Field& field) { return object_[std::string(field.name)]; }

    Json& object_;
};

}  // namespace

Json write_group(Group& group) {
    Json object = Json::object();
    Writer writer(object);
    FieldList fields(writer);
    group.visit(fields);
    return object;
}

}  // namespace contracts
