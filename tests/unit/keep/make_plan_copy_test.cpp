// SPDX-License-Identifier: MIT
#include "unit/keep/plan_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// The rows of docs/conflicts.md for copies and for folders whose children are kept one by one.
namespace envkeep::keep::testing {
namespace {

using manifest::OnConflict;

const std::string new_line = "copy_in /storage/envkeep/home/.x -> /root/.x (new)";
const std::string held_line = "copy_in /storage/envkeep/home/.x -> /root/.x (held)";
const std::string aside_line = "copy_in /storage/envkeep/home/.x -> /root/.x (only here)";
const std::string seed_line = "seed /root/.x -> /storage/envkeep/home/.x";
const std::string back_line = "copy_back /root/.x -> /storage/envkeep/home/.x";

void link_to(KeepSeen& seen, LinkKind kind, const std::string& target) {
    seen.home = a_link();
    seen.link = kind;
    seen.target = target;
}

void two_files(KeepSeen& seen, Sameness sameness) {
    seen.home = a_file(1);
    seen.store = a_file(2);
    seen.sameness = sameness;
}

// A copy of ours stands there; who changed it since?
void our_copy(KeepSeen& seen, bool home_as_restored, bool store_as_restored) {
    two_files(seen, Sameness::differs);
    seen.was_copied_here = true;
    seen.home_as_restored = home_as_restored;
    seen.store_as_restored = store_as_restored;
    seen.changed_in_session = !home_as_restored;
}

const std::vector<Row> copy_rows{
    {"nothing_and_a_store", [](WantedKeep&, KeepSeen& seen) { seen.store = a_file(); }, {new_line}},
    {"nothing_and_nothing", [](WantedKeep&, KeepSeen&) {}, {}},
    {"only_the_fallback",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.fallback = at_store("home/.y");
         seen.store = a_folder();
         seen.uses_fallback = true;
     },
     {"seed /storage/envkeep/home/.y -> /storage/envkeep/home/.x", new_line}},
    {"file_and_nothing", [](WantedKeep&, KeepSeen& seen) { seen.home = a_file(); }, {seed_line}},
    {"file_and_nothing_on_a_read_only_store",
     [](WantedKeep&, KeepSeen& seen) { seen.home = a_file(); },
     {},
     read_only},
    {"right_link",
     [](WantedKeep& keep, KeepSeen& seen) {
         link_to(seen, LinkKind::right, keep.target);
         seen.store = a_file();
     },
     {held_line}},
    {"right_link_to_nothing",
     [](WantedKeep& keep, KeepSeen& seen) { link_to(seen, LinkKind::right, keep.target); },
     {"move_aside /root/.x"}},
    {"older_link",
     [](WantedKeep&, KeepSeen& seen) {
         link_to(seen, LinkKind::older_store, "/old/.x");
         seen.store = a_file();
     },
     {held_line}},
    {"foreign_link",
     [](WantedKeep&, KeepSeen& seen) {
         link_to(seen, LinkKind::foreign, "/opt/x");
         seen.store = a_file();
     },
     {aside_line}},
    {"copy_of_a_link_in_the_store",
     [](WantedKeep&, KeepSeen& seen) {
         link_to(seen, LinkKind::foreign, "a");
         seen.store = a_link();
         seen.sameness = Sameness::same;
     },
     {}},
    {"nothing_and_a_link_in_the_store",
     [](WantedKeep&, KeepSeen& seen) { seen.store = a_link(); },
     {"conflict: the store's is a link, and what it leads to is not envkeep's"}},
    {"our_link_to_a_link_in_the_store",
     [](WantedKeep& keep, KeepSeen& seen) {
         link_to(seen, LinkKind::right, keep.target);
         seen.store = a_link();
     },
     {"conflict: the store's is a link, and what it leads to is not envkeep's"}},
    {"nothing_and_a_link_that_was_kept_as_one",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.may_be_missing = true;
         seen.store = a_link();
     },
     {new_line}},
    {"foreign_link_and_nothing",
     [](WantedKeep&, KeepSeen& seen) { link_to(seen, LinkKind::foreign, "/opt/x"); },
     {}},
    {"foreign_link_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         link_to(seen, LinkKind::foreign, "/opt/x");
         seen.store = a_file();
     },
     {}},
    {"foreign_link_and_stop",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         link_to(seen, LinkKind::foreign, "/opt/x");
         seen.store = a_file();
     },
     {"conflict: it points elsewhere: '/opt/x', and the manifest says 'on_conflict: stop'"}},
    {"dangling_link_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         link_to(seen, LinkKind::dangling, "/gone");
         seen.store = a_file();
     },
     {aside_line}},
};

const std::vector<Row> first_rows{
    {"same", [](WantedKeep&, KeepSeen& seen) { two_files(seen, Sameness::same); }, {}},
    {"differs",
     [](WantedKeep&, KeepSeen& seen) { two_files(seen, Sameness::differs); },
     {aside_line}},
    {"differs_and_was_changed",
     [](WantedKeep&, KeepSeen& seen) {
         two_files(seen, Sameness::differs);
         seen.changed_in_session = true;
     },
     {"conflict: it was changed in this session and differs from the store's"}},
    {"differs_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         two_files(seen, Sameness::differs);
     },
     {back_line}},
    {"differs_and_stop",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         two_files(seen, Sameness::differs);
     },
     {"conflict: it differs from the store's, and the manifest says 'on_conflict: stop'"}},
    {"changed_and_store",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::store;
         two_files(seen, Sameness::differs);
         seen.changed_in_session = true;
     },
     {aside_line}},
    {"folder_that_lacks_something",
     [](WantedKeep&, KeepSeen& seen) {
         seen.home = a_folder();
         seen.store = a_folder();
         seen.sameness = Sameness::home_is_subset;
     },
     {held_line}},
    {"folder_with_something_new",
     [](WantedKeep&, KeepSeen& seen) {
         seen.home = a_folder();
         seen.store = a_folder();
         seen.sameness = Sameness::differs;
         seen.missing_in_store = {{.path = RelPath::parse("new").value(), .home = a_file()}};
     },
     {"seed /root/.x/new -> /storage/envkeep/home/.x/new", aside_line}},
    {"folder_with_something_new_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         seen.home = a_folder();
         seen.store = a_folder();
         seen.sameness = Sameness::differs;
         seen.missing_in_store = {{.path = RelPath::parse("new").value(), .home = a_file()}};
     },
     {"seed /root/.x/new -> /storage/envkeep/home/.x/new"}},
    {"folder_with_something_new_that_lacks_something_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         seen.home = a_folder();
         seen.store = a_folder();
         seen.sameness = Sameness::differs;
         seen.store_has_more = true;
         seen.missing_in_store = {{.path = RelPath::parse("new").value(), .home = a_file()}};
     },
     {"seed /root/.x/new -> /storage/envkeep/home/.x/new", held_line}},
    {"folder_with_something_new_on_a_read_only_store",
     [](WantedKeep&, KeepSeen& seen) {
         seen.home = a_folder();
         seen.store = a_folder();
         seen.sameness = Sameness::differs;
         seen.missing_in_store = {{.path = RelPath::parse("new").value(), .home = a_file()}};
     },
     {aside_line},
     read_only},
};

const std::vector<Row> later_rows{
    {"the_store_is_newer",
     [](WantedKeep&, KeepSeen& seen) { our_copy(seen, true, false); },
     {aside_line}},
    {"the_home_is_newer", [](WantedKeep&, KeepSeen& seen) { our_copy(seen, false, true); }, {}},
    {"the_home_is_newer_whatever_the_manifest_prefers",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::store;
         our_copy(seen, false, true);
     },
     {}},
    {"the_home_is_newer_and_home_is_taken",
     [](WantedKeep&, KeepSeen& seen) { our_copy(seen, false, true); },
     {back_line},
     take(Take::home)},
    {"the_home_is_newer_and_store_is_taken",
     [](WantedKeep&, KeepSeen& seen) { our_copy(seen, false, true); },
     {aside_line},
     take(Take::store)},
    {"both_changed",
     [](WantedKeep&, KeepSeen& seen) { our_copy(seen, false, false); },
     {"conflict: both it and the store's were changed since it was copied"}},
    {"both_changed_and_are_merged",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.merges = true;
         our_copy(seen, false, false);
     },
     {}},
    {"the_store_is_newer_and_is_merged",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.merges = true;
         our_copy(seen, true, false);
     },
     {}},
    {"both_changed_and_could_not_be_merged",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.merges = true;
         seen.has_version_beside = true;
         our_copy(seen, false, false);
     },
     {"conflict: both it and the store's were changed since it was copied"}},
    {"changed_in_this_session_and_is_merged",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.merges = true;
         two_files(seen, Sameness::differs);
         seen.changed_in_session = true;
     },
     {}},
    {"both_changed_and_stop",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         our_copy(seen, false, false);
     },
     {"conflict: both it and the store's were changed since it was copied"}},
    {"both_changed_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         our_copy(seen, false, false);
     },
     {back_line}},
    {"both_changed_and_store",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::store;
         our_copy(seen, false, false);
     },
     {aside_line}},
    {"home_taken_on_a_read_only_store",
     [](WantedKeep&, KeepSeen& seen) { our_copy(seen, false, false); },
     {"conflict: the home's is to win, but the store can only be read"},
     [](PlanContext& context) {
         take(Take::home)(context);
         read_only(context);
     }},
    {"home_taken_over_a_link_in_the_store",
     [](WantedKeep&, KeepSeen& seen) {
         our_copy(seen, false, false);
         seen.store = a_link();
     },
     {"conflict: the home's is to win, but the store's is a link"},
     take(Take::home)},
};

const std::string made_line = "make_folder /root/.x 0755";

const std::vector<Row> folder_rows{
    {"nothing", [](WantedKeep&, KeepSeen&) {}, {made_line}},
    {"folder", [](WantedKeep&, KeepSeen& seen) { seen.home = a_folder(); }, {}},
    {"our_link",
     [](WantedKeep& keep, KeepSeen& seen) { link_to(seen, LinkKind::right, keep.target); },
     {"replace_link_by_folder /root/.x (was our /storage/envkeep/home/.x)"}},
    {"foreign_link",
     [](WantedKeep&, KeepSeen& seen) { link_to(seen, LinkKind::foreign, "/opt/x"); },
     {"replace_link_by_folder /root/.x (was their /opt/x)"}},
    {"foreign_link_and_home",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::home;
         link_to(seen, LinkKind::foreign, "/opt/x");
     },
     {"conflict: it points elsewhere: '/opt/x', and a folder belongs there"}},
    {"dangling_link_and_stop",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         link_to(seen, LinkKind::dangling, "/gone");
     },
     {"conflict: it points to nothing: '/gone', and a folder belongs there"}},
    {"file",
     [](WantedKeep&, KeepSeen& seen) { seen.home = a_file(); },
     {"move_aside /root/.x", made_line}},
    {"changed_file",
     [](WantedKeep&, KeepSeen& seen) {
         seen.home = a_file();
         seen.changed_in_session = true;
     },
     {"conflict: it is a file, and a folder belongs there"}},
    {"changed_file_and_store",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::store;
         seen.home = a_file();
         seen.changed_in_session = true;
     },
     {"move_aside /root/.x", made_line}},
    {"file_and_stop",
     [](WantedKeep& keep, KeepSeen& seen) {
         keep.on_conflict = OnConflict::stop;
         seen.home = a_file();
     },
     {"conflict: it is a file, and a folder belongs there"}},
};

class MakePlanCopy : public ::testing::TestWithParam<Row> {};

TEST_P(MakePlanCopy, FollowsTheTable) {
    EXPECT_THAT(lines_for(GetParam(), Form::copy),
                ::testing::ElementsAreArray(GetParam().expected));
}

class MakePlanFolder : public ::testing::TestWithParam<Row> {};

TEST_P(MakePlanFolder, FollowsTheTable) {
    EXPECT_THAT(lines_for(GetParam(), Form::folder),
                ::testing::ElementsAreArray(GetParam().expected));
}

std::string name_of_row(const ::testing::TestParamInfo<Row>& info) {
    return info.param.name;
}

using ::testing::ValuesIn;
INSTANTIATE_TEST_SUITE_P(AtFirst, MakePlanCopy, ValuesIn(copy_rows), name_of_row);
INSTANTIATE_TEST_SUITE_P(FirstReal, MakePlanCopy, ValuesIn(first_rows), name_of_row);
INSTANTIATE_TEST_SUITE_P(Later, MakePlanCopy, ValuesIn(later_rows), name_of_row);
INSTANTIATE_TEST_SUITE_P(Folder, MakePlanFolder, ValuesIn(folder_rows), name_of_row);

}  // namespace
}  // namespace envkeep::keep::testing
