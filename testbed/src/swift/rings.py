"""Builds the three rings of a one-device Swift: rings.py DIRECTORY ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT"""
import os
import sys

from swift.common.ring import RingBuilder

directory = sys.argv[1]
for name, port in zip(('account', 'container', 'object'), sys.argv[2:]):
    # 2^2 partitions, one replica, no wait between changes: one device needs no more.
    builder = RingBuilder(2, 1, 0)
    builder.add_dev({'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': int(port), 'device': 'd1', 'weight': 1.0})
    builder.rebalance()
    builder.get_ring().save(os.path.join(directory, name + '.ring.gz'))
