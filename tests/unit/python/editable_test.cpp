// SPDX-License-Identifier: MIT
#include "envkeep/python/editable.hpp"

#include "unit/python/captured.hpp"

#include <gmock/gmock.h>

#include <string>

namespace envkeep::python {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EditableNames : public Captured {};

TEST_F(EditableNames, AreThoseOfTheFinders) {
    tree.file("site/__editable___mine_0_1_finder.py",
              "import sys\nMAPPING: dict[str, str] = {'mine': '/notebooks/mine/src/mine', "
              "'it\\'s': \"/a b/c\\\\d\"}\nNAMESPACES: dict[str, list[str]] = {}\n")
        .file("site/__editable___old_finder.py", "MAPPING = {'old': '/old/old.py',}\n")
        .file("site/other_finder.py", "MAPPING = {'no': '/no'}\n")
        .link("site/__editable___loop_finder.py", "__editable___loop_finder.py");
    Folders folders(machine());

    EXPECT_THAT(
        editable_names_in(folders, "/site"),
        ElementsAre(
            EditableName{
                "mine", "/notebooks/mine/src/mine", "/site/__editable___mine_0_1_finder.py"},
            EditableName{"it's", "/a b/c\\d", "/site/__editable___mine_0_1_finder.py"},
            EditableName{"old", "/old/old.py", "/site/__editable___old_finder.py"}));
}

TEST(Finder, ThatIsAnythingElseTellsNothing) {
    for (const std::string text : {"",
                                   "MAPPING",
                                   "MAPPING = ",
                                   "MAPPING = {",
                                   "MAPPING = {'a'",
                                   "MAPPING = {'a': ",
                                   "MAPPING = {'a': '/b'",
                                   "MAPPING = {'a': '/b' 'c': '/d'}",
                                   "MAPPING = {'a': b}",
                                   "MAPPING = {'a': '\\x41'}",
                                   "MAPPING = {'a': '\\",
                                   "MAPPING = {}"}) {
        EXPECT_THAT(parse_finder(text), IsEmpty()) << text;
    }
}

}  // namespace
}  // namespace envkeep::python
