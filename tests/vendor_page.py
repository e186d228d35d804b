# Copyright (c) 2026, The community.onapp authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one example of OnApp's page "Get List of Normal Backups": the backup with every documented field.

`VENDOR_PAGE` is the page's XML, letter by letter; `VENDOR_ROW` is what Rails' JSON has for the same backup.
"""

from __future__ import annotations

import typing as t

VENDOR_PAGE = """\
<?xml version="1.0" encoding="UTF-8"?>
<backups type="array">
  <backup>
    <allow_resize_without_reboot type="boolean">false</allow_resize_without_reboot>
    <allowed_hot_migrate type="boolean">true</allowed_hot_migrate>
    <allowed_swap type="boolean">true</allowed_swap>
    <backup_server_id type="integer">1</backup_server_id>
    <backup_size type="integer">310896</backup_size>
    <built type="boolean">true</built>
    <built_at type="datetime">2013-12-24T14:34:06+03:00</built_at>
    <created_at type="datetime">2013-12-24T14:31:20+03:00</created_at>
    <data_store_type>lvm</data_store_type>
    <id type="integer">1951</id>
    <identifier>uml64qyvbzvlkb</identifier>
    <image_type nil="true"/>
    <initiated>days</initiated>
    <iqn nil="true"/>
    <locked type="boolean">false</locked>
    <marked_for_delete type="boolean">false</marked_for_delete>
    <min_disk_size type="integer">5</min_disk_size>
    <min_memory_size type="integer">128</min_memory_size>
    <note nil="true"/>
    <operating_system>linux</operating_system>
    <operating_system_distro>ubuntu</operating_system_distro>
    <target_id type="integer">11860</target_id>
    <target_type>Disk</target_type>
    <template_id type="integer">897</template_id>
    <updated_at type="datetime">2013-12-24T14:34:06+03:00</updated_at>
    <user_id type="integer">1875</user_id>
    <volume_id nil="true"/>
    <backup_type>normal</backup_type>
    <disk_id type="integer">11860</disk_id>
  </backup>
</backups>
"""
VENDOR_ROW: dict[str, t.Any] = {
    "allow_resize_without_reboot": False,
    "allowed_hot_migrate": True,
    "allowed_swap": True,
    "backup_server_id": 1,
    "backup_size": 310896,
    "built": True,
    "built_at": "2013-12-24T14:34:06+03:00",
    "created_at": "2013-12-24T14:31:20+03:00",
    "data_store_type": "lvm",
    "id": 1951,
    "identifier": "uml64qyvbzvlkb",
    "image_type": None,
    "initiated": "days",
    "iqn": None,
    "locked": False,
    "marked_for_delete": False,
    "min_disk_size": 5,
    "min_memory_size": 128,
    "note": None,
    "operating_system": "linux",
    "operating_system_distro": "ubuntu",
    "target_id": 11860,
    "target_type": "Disk",
    "template_id": 897,
    "updated_at": "2013-12-24T14:34:06+03:00",
    "user_id": 1875,
    "volume_id": None,
    "backup_type": "normal",
    "disk_id": 11860,
}
