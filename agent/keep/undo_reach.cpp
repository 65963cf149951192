// SPDX-License-Identifier: MIT
#include "keep/undo_reach.hpp"

#include "envkeep/core/text.hpp"
#include "keep/link_marks.hpp"

#include <algorithm>

namespace envkeep::keep {
namespace {

using store::Change;

bool is_known_link(const Change& change, const Reach& reach, system::FileReader& files) {
    return makes_known_link(change, reach) ||
           std::ranges::any_of(reach.home, [&](const Reach::Folder& home) {
               return is_link_marked(home.root, change.path, link_to_make(change), files);
           });
}

}  // namespace

std::vector<std::string> why_not_to_undo(const store::RunRecord& run,
                                         const Reach& reach,
                                         system::FileReader& files) {
    std::vector<std::string> reasons;
    std::vector<std::string> stay_away;
    for (const store::RunRecord::Item& item : run.items) {
        std::string why = why_out_of_reach(item.change, run, reach);
        if (why.empty() && !is_known_link(item.change, reach, files)) {
            why =
                "it stays: the manifest keeps nothing that is linked so, and who may write "
                "journals could have made it up";
        }
        if (!why.empty() && item.change.kind == Change::Kind::removed_link) {
            stay_away.push_back(item.change.path);
        }
        reasons.push_back(std::move(why));
    }
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        const std::string& path = run.items[i].change.path;
        const bool took_its_place = std::ranges::any_of(
            stay_away, [&](const std::string& link) { return is_path_within(path, link); });
        if (reasons[i].empty() && took_its_place) {
            reasons[i] = "it stays: the link that stood there before does not come back";
        }
    }
    return reasons;
}

}  // namespace envkeep::keep
