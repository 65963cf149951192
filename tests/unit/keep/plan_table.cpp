// SPDX-License-Identifier: MIT
#include "unit/keep/plan_table.hpp"

#include "unit/keep/plan_text.hpp"

namespace envkeep::keep::testing {

std::string absolute(const system::Place& place) {
    const std::string root = place.root == home_root ? "/root" : "/storage/envkeep";
    return place.path.is_root() ? root : root + '/' + place.path.text();
}

system::Place at_home(const std::string& path) {
    return {.root = home_root, .path = RelPath::parse(path).value()};
}

system::Place at_store(const std::string& path) {
    return {.root = store_root, .path = RelPath::parse(path).value()};
}

WantedKeep keep_of(const std::string& path, Form form) {
    WantedKeep keep;
    keep.subject = "~/" + path;
    keep.place = at_home(path);
    keep.source = at_store("home/" + path);
    keep.target = absolute(keep.source);
    keep.form = form;
    return keep;
}

system::Status a_file(std::uint64_t size) {
    return {.kind = system::Kind::file, .mode = 0644, .size = size, .inode = 100 + size};
}

system::Status a_folder() {
    return {.kind = system::Kind::folder, .mode = 0755, .inode = 7};
}

system::Status a_link() {
    return {.kind = system::Kind::link};
}

std::ostream& operator<<(std::ostream& out, const Row& row) {
    return out << row.name;
}

PlanContext plan_context() {
    return {.absolute = absolute};
}

void read_only(PlanContext& context) {
    context.store_is_read_only = true;
}

std::function<void(PlanContext&)> take(Take side) {
    return [side](PlanContext& context) { context.take["/root/.x"] = side; };
}

model::Plan plan_of(const std::vector<WantedKeep>& keeps,
                    const std::vector<KeepSeen>& seen,
                    const PlanContext& context) {
    Wanted wanted;
    wanted.keeps = keeps;
    return make_plan(wanted, {.keeps = seen}, context);
}

std::vector<std::string> lines_for(const Row& row, Form form) {
    WantedKeep keep = keep_of(".x", form);
    KeepSeen seen;
    PlanContext context = plan_context();
    row.given(keep, seen);
    if (row.with) {
        row.with(context);
    }
    return lines_of(plan_of({keep}, {seen}, context), absolute);
}

}  // namespace envkeep::keep::testing
