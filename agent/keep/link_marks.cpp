// SPDX-License-Identifier: MIT
#include "keep/link_marks.hpp"

#include "envkeep/core/digest.hpp"
#include "envkeep/store/layout.hpp"

namespace envkeep::keep {
namespace {

constexpr std::string_view mark_text = "a link stood there";

system::Place mark_of_link(system::RootId home,
                           const std::string& path,
                           const std::string& target) {
    const std::string name = digest_of(path + '\0' + target).text();
    return system::Place{.root = home, .path = {}}
        .child(store::names::aside)
        .child("saved")
        .child(name);
}

}  // namespace

void mark_link(system::RootId home,
               const std::string& path,
               const std::string& target,
               system::FileWriter& writer) {
    const system::Place mark = mark_of_link(home, path, target);
    if (writer.make_folders(mark.parent(), 0700)) {
        static_cast<void>(writer.make_link(mark, std::string(mark_text)));
    }
}

bool is_link_marked(system::RootId home,
                    const std::string& path,
                    const std::string& target,
                    system::FileReader& files) {
    const auto mark = files.look(mark_of_link(home, path, target));
    return mark && mark->status.kind == system::Kind::link && mark->target == mark_text;
}

}  // namespace envkeep::keep
