// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/store/journal.hpp"
#include "envkeep/system/files.hpp"
#include "keep/undo_paths.hpp"

#include <set>
#include <string>
#include <vector>

namespace envkeep::keep {

// Takes away what one killed run left half made, and tells what else of it is around. A name alone
// proves nothing: while names are exchanged a temporary one bears what stood there before. So a
// thing goes only if no other change that was cut short could have put it there, or if its bytes
// are proven to be held elsewhere.
class Leftovers {
  public:
    struct Access {
        system::FileReader& files;
        system::FileWriter& writer;
    };

    // `contested`: paths where some run was cut short while it replaced or removed what stood
    // there. All must live on.
    Leftovers(const store::RunRecord& run,
              const std::set<std::string>& contested,
              const Reach& reach,
              Access access);

    void clean_up();

    [[nodiscard]] const std::vector<std::string>& removed() const { return removed_; }

    [[nodiscard]] const std::vector<std::string>& told() const { return told_; }

  private:
    void tell_out_of_reach(const store::Change& change);
    void clean_up_after(const store::Change& change);
    void clean_up_aside(const std::string& path);
    void remove_half_made_folders(const system::Place& folder);
    void remove_link_on_its_way_out(const store::Change& removed);
    void remove_link_waiting_at(const store::Change& moved);
    void tell_aside(const store::RunRecord::Item& item);
    void for_temporaries(const std::string& path,
                         const std::function<bool(const system::Place&)>& is_ours,
                         const std::function<bool(const system::Place&)>& is_kept_now);
    [[nodiscard]] bool is_empty_file(const system::Place& place);
    [[nodiscard]] bool is_ours(const store::Change& change, const system::Place& temporary);
    [[nodiscard]] bool is_old_or_new(const store::Change& replaced, const system::Place& temporary);
    [[nodiscard]] bool is_link_to(const system::Place& place, const std::string& target);
    [[nodiscard]] bool is_begun_from(const system::Place& temporary, const std::string& original);
    [[nodiscard]] bool is_kept_now(const store::Change& change, const system::Place& temporary);
    void remove(const system::Place& temporary);

    const store::RunRecord& run_;
    const std::set<std::string>& contested_;
    const Reach& reach_;
    system::FileReader& files_;
    system::FileWriter& writer_;
    Paths paths_;
    std::vector<std::string> removed_;
    std::vector<std::string> told_;
};

}  // namespace envkeep::keep
