// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/aside.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/system/files.hpp"

#include <functional>
#include <string>
#include <vector>

namespace envkeep::keep {

// What the changes of one run are made with.
struct Work {
    system::FileReader& files;
    system::FileWriter& writer;
    store::Journal& journal;
    AsidePlaces aside;
    std::function<void()> renew{};  // called often while a step takes long; may be empty
    // A change that failed could not be taken back wholly: its lines stay open in the journal.
    bool is_half_done = false;
    std::string note;            // of the step at work
    system::Place known_folder;  // stood there when it was last looked at
};

// Lines in the journal before `change` and after it. What did not happen is taken out again.
[[nodiscard]] Result<void> journaled(Work& work,
                                     const std::vector<store::Change>& changes,
                                     const std::function<Result<void>()>& change);

// Adds a remark to the note of the step at work.
void remark(Work& work, const std::string& text);

// A line after changes that were made. Without it they are looked at again before they are
// believed, so that it cannot be written is only told.
void tell_done(Work& work, std::size_t first, std::size_t count);

// conflict unless what stands at `place` is still what was seen; a link must lead to `target`.
[[nodiscard]] Result<void> check_still(system::FileReader& files,
                                       const system::Place& place,
                                       const system::Status& seen,
                                       const std::string& target);

// Whether the folder that `place` is in is there.
[[nodiscard]] Result<bool> has_parents(Work& work, const system::Place& place);

// Makes the folders above `place` that are missing, each journaled.
[[nodiscard]] Result<void> make_parents(Work& work, const system::Place& place, bool is_in_store);

}  // namespace envkeep::keep
